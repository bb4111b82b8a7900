-- Lots whose last day may have passed and of which units are not yet out of sale, where some can be.
SELECT v.sku_id, v.location_id, v.lot, v.expires_on
FROM inventory_lot v
JOIN inventory_position p USING (sku_id, location_id)
WHERE v.expires_on < %(day)s AND v.on_hand > v.expired
  AND p.on_hand - p.unavailable - p.reserved > 0
ORDER BY v.expires_on, v.sku_id, v.location_id
LIMIT %(limit)s

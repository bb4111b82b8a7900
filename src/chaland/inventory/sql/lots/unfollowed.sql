-- Lots with units of SKUs that are not followed by lot any more.
SELECT v.sku_id, v.location_id, v.lot
FROM inventory_lot v
JOIN catalog_sku s ON s.id = v.sku_id
WHERE v.on_hand > 0 AND s.tracking <> 'lot'
ORDER BY v.sku_id, v.location_id, v.lot
LIMIT %(limit)s

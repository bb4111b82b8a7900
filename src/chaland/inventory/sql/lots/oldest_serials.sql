-- The serials that have been at a position for longest, those that are for sale first.
SELECT serial
FROM inventory_serial
WHERE sku_id = %(sku)s AND location_id = %(location)s AND state IN ('in_stock', 'unavailable')
  AND serial <> ALL (%(without)s::text[])
ORDER BY state <> 'in_stock', changed_at, serial
LIMIT %(limit)s

-- A page of serials by SKU and number; a filter that is NULL lets everything through.
SELECT s.code AS sku, v.serial, v.state, l.code AS location, v.cause_id, v.order_id, v.presumed,
       v.changed_at
FROM inventory_serial v
JOIN catalog_sku s ON s.id = v.sku_id
LEFT JOIN network_location l ON l.id = v.location_id
WHERE (%(skus)s::int[] IS NULL OR v.sku_id = ANY (%(skus)s::int[]))
  AND (%(serial)s::text IS NULL OR v.serial = %(serial)s::text)
  AND (%(state)s::text IS NULL OR v.state = %(state)s::text)
  AND (%(locations)s::int[] IS NULL OR v.location_id = ANY (%(locations)s::int[]))
  AND (%(after_sku)s::int IS NULL
       OR (v.sku_id, v.serial) > (%(after_sku)s::int, %(after_serial)s::text))
ORDER BY v.sku_id, v.serial
LIMIT %(limit)s

-- A page of positions; a filter that is NULL lets everything through.
SELECT p.sku_id, p.location_id, s.code AS sku, l.code AS location,
       p.on_hand, p.reserved, p.unavailable, p.incoming,
       p.on_hand - p.unavailable - p.reserved AS available, p.version, p.updated_at
FROM inventory_position p
JOIN catalog_sku s ON s.id = p.sku_id
JOIN network_location l ON l.id = p.location_id
WHERE (%(skus)s::int[] IS NULL OR p.sku_id = ANY (%(skus)s::int[]))
  AND (%(locations)s::int[] IS NULL OR p.location_id = ANY (%(locations)s::int[]))
  AND (%(after_sku)s::int IS NULL
       OR (p.sku_id, p.location_id) > (%(after_sku)s::int, %(after_location)s::int))
ORDER BY p.sku_id, p.location_id
LIMIT %(limit)s

-- The codes by which the world knows these positions.
SELECT wanted.sku_id, wanted.location_id, s.code, l.code
FROM unnest(%(sku)s::int[], %(location)s::int[]) AS wanted (sku_id, location_id)
JOIN catalog_sku s ON s.id = wanted.sku_id
JOIN network_location l ON l.id = wanted.location_id
ORDER BY s.code, l.code

-- A page of lots, and for each position of a followed SKU the units of no known lot; NULL filters nothing.
SELECT v.sku_id, v.location_id, s.code AS sku, l.code AS location, v.lot, v.expires_on, v.on_hand,
       v.expired
FROM (
    SELECT sku_id, location_id, lot, expires_on, on_hand, expired
    FROM inventory_lot
    WHERE on_hand > 0
    UNION ALL
    SELECT p.sku_id, p.location_id, NULL, NULL, p.on_hand - coalesce(known.units, 0), 0
    FROM catalog_sku k
    JOIN inventory_position p ON p.sku_id = k.id
    LEFT JOIN LATERAL (
        SELECT sum(x.on_hand)::int AS units
        FROM inventory_lot x
        WHERE x.sku_id = p.sku_id AND x.location_id = p.location_id
    ) AS known ON true
    WHERE k.tracking = 'lot' AND p.on_hand > coalesce(known.units, 0)
) AS v
JOIN catalog_sku s ON s.id = v.sku_id
JOIN network_location l ON l.id = v.location_id
WHERE (%(skus)s::int[] IS NULL OR v.sku_id = ANY (%(skus)s::int[]))
  AND (%(locations)s::int[] IS NULL OR v.location_id = ANY (%(locations)s::int[]))
  AND (%(lot)s::text IS NULL OR v.lot = %(lot)s::text)
  AND (%(unknown)s::bool IS NULL OR (v.lot IS NULL) = %(unknown)s::bool)
  AND (%(expires_before)s::date IS NULL OR v.expires_on < %(expires_before)s::date)
  AND (%(after_sku)s::int IS NULL
       OR (v.sku_id, v.location_id, coalesce(v.lot, ''))
          > (%(after_sku)s::int, %(after_location)s::int, %(after_lot)s::text))
ORDER BY v.sku_id, v.location_id, coalesce(v.lot, '')
LIMIT %(limit)s

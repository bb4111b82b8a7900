-- Positions whose lots, or serials, hold more than is on hand: somebody counted without looking at them.
SELECT p.sku_id, p.location_id
FROM (
    SELECT sku_id, location_id, sum(on_hand) AS units
    FROM inventory_lot
    GROUP BY sku_id, location_id
    UNION ALL
    SELECT sku_id, location_id, count(*)
    FROM inventory_serial
    WHERE state IN ('in_stock', 'unavailable')
    GROUP BY sku_id, location_id
) AS known
JOIN inventory_position p USING (sku_id, location_id)
JOIN catalog_sku s ON s.id = p.sku_id AND s.tracking <> 'none'
WHERE known.units > p.on_hand
  AND (%(skus)s::int[] IS NULL OR p.sku_id = ANY (%(skus)s::int[]))
ORDER BY p.sku_id, p.location_id
LIMIT %(limit)s

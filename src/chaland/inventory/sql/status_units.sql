-- How many units of these SKUs have which status, by location? The ledger knows.
SELECT m.sku_id, m.location_id, m.status, sum(m.unavailable_delta)::int
FROM inventory_movement m
WHERE m.sku_id = ANY (%(skus)s::int[])
  AND (%(locations)s::int[] IS NULL OR m.location_id = ANY (%(locations)s::int[]))
  AND m.status IS NOT NULL
GROUP BY m.sku_id, m.location_id, m.status
HAVING sum(m.unavailable_delta) <> 0

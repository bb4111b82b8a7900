-- How many units of these positions have which status? The ledger knows.
SELECT m.sku_id, m.location_id, m.status, sum(m.unavailable_delta)::int
FROM unnest(%(sku)s::int[], %(location)s::int[]) AS wanted (sku_id, location_id)
JOIN inventory_movement m USING (sku_id, location_id)
WHERE m.status IS NOT NULL
GROUP BY m.sku_id, m.location_id, m.status

-- How many units of these positions are known by their serial?
SELECT sku_id, location_id, count(*)::int
FROM unnest(%(sku)s::int[], %(location)s::int[]) AS asked (sku_id, location_id)
JOIN inventory_serial v USING (sku_id, location_id)
WHERE v.state IN ('in_stock', 'unavailable')
GROUP BY sku_id, location_id

-- Which orders hold units at these positions?
SELECT v.sku_id, v.location_id, v.order_id
FROM unnest(%(sku)s::int[], %(location)s::int[]) AS asked (sku_id, location_id)
JOIN inventory_reservation v USING (sku_id, location_id)
WHERE v.closed_at IS NULL
GROUP BY v.sku_id, v.location_id, v.order_id
ORDER BY max(v.created_at) DESC

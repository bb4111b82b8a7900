-- How many incoming units of these positions are explained by open supply?
SELECT v.sku_id, v.destination_id,
       sum(greatest(v.quantity - v.received - v.cancelled - v.lost, 0))::int
FROM unnest(%(sku)s::int[], %(location)s::int[]) AS wanted (sku_id, location_id)
JOIN inventory_supply v ON v.sku_id = wanted.sku_id AND v.destination_id = wanted.location_id
WHERE v.closed_at IS NULL AND v.state <> 'planned'
GROUP BY v.sku_id, v.destination_id

-- Lock positions in the order that every writer keeps, so that two of them never wait for each other.
SELECT p.sku_id, p.location_id, p.on_hand, p.reserved, p.unavailable, p.incoming
FROM unnest(%(sku)s::int[], %(location)s::int[]) AS wanted (sku_id, location_id)
JOIN inventory_position p USING (sku_id, location_id)
ORDER BY p.sku_id, p.location_id
FOR NO KEY UPDATE OF p

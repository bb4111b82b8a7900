-- What a position expects holds at least what open supply announces there; the rest was reported.
SELECT jsonb_build_object('sku_id', s.sku_id, 'location_id', s.destination_id),
       format('incoming at least %s', s.units),
       format('incoming %s', coalesce(p.incoming, 0))
FROM (
    SELECT sku_id, destination_id, sum(greatest(quantity - received - cancelled - lost, 0)) AS units
    FROM inventory_supply
    WHERE closed_at IS NULL AND state <> 'planned'
    GROUP BY sku_id, destination_id
) AS s
LEFT JOIN inventory_position p ON p.sku_id = s.sku_id AND p.location_id = s.destination_id
WHERE coalesce(p.incoming, 0) < s.units

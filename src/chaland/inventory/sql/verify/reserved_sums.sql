-- What a position says is reserved is what open reservations and open holds keep there.
SELECT jsonb_build_object('sku_id', sku_id, 'location_id', location_id),
       format('reserved %s', coalesce(r.units, 0)),
       format('reserved %s', p.reserved)
FROM inventory_position p
FULL JOIN (
    SELECT sku_id, location_id, sum(units) AS units
    FROM (
        SELECT sku_id, location_id, quantity - issued - released AS units
        FROM inventory_reservation
        WHERE closed_at IS NULL
        UNION ALL
        SELECT sku_id, location_id, quantity
        FROM inventory_hold
        WHERE closed_at IS NULL
    ) AS kept
    GROUP BY sku_id, location_id
) AS r USING (sku_id, location_id)
WHERE p.reserved IS DISTINCT FROM coalesce(r.units, 0)

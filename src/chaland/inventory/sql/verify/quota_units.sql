-- What a quota says was used, and given back by returns, is what its channel's reservations and open holds took.
SELECT jsonb_build_object('sku_id', sku_id, 'location_id', location_id, 'channel_id', channel_id),
       format('used + refilled = %s', coalesce(t.units, 0)),
       format('used %s, refilled %s', q.used, q.refilled)
FROM inventory_quota q
FULL JOIN (
    SELECT sku_id, location_id, channel_id, sum(units) AS units
    FROM (
        SELECT sku_id, location_id, channel_id, quantity - released AS units
        FROM inventory_reservation
        WHERE in_quota
        UNION ALL
        SELECT sku_id, location_id, channel_id, quantity
        FROM inventory_hold
        WHERE in_quota AND closed_at IS NULL
    ) AS taken
    GROUP BY sku_id, location_id, channel_id
) AS t USING (sku_id, location_id, channel_id)
WHERE q.used + q.refilled IS DISTINCT FROM coalesce(t.units, 0) OR least(q.used, q.refilled) < 0

-- A position is the sum of its movements. One that was made for goods that then stayed away is empty
-- and has none.
SELECT jsonb_build_object('sku_id', sku_id, 'location_id', location_id),
       format('on_hand %s, reserved %s, unavailable %s, incoming %s',
              m.on_hand, m.reserved, m.unavailable, m.incoming),
       format('on_hand %s, reserved %s, unavailable %s, incoming %s',
              p.on_hand, p.reserved, p.unavailable, p.incoming)
FROM inventory_position p
FULL JOIN (
    SELECT sku_id, location_id, sum(on_hand_delta) AS on_hand, sum(reserved_delta) AS reserved,
           sum(unavailable_delta) AS unavailable, sum(incoming_delta) AS incoming
    FROM inventory_movement
    GROUP BY sku_id, location_id
) AS m USING (sku_id, location_id)
WHERE (p.on_hand, p.reserved, p.unavailable, p.incoming)
      IS DISTINCT FROM (coalesce(m.on_hand, 0), coalesce(m.reserved, 0),
                        coalesce(m.unavailable, 0), coalesce(m.incoming, 0))

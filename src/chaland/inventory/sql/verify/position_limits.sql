-- Nothing is below zero and nothing is promised twice, whatever became of the constraints.
SELECT jsonb_build_object('sku_id', sku_id, 'location_id', location_id),
       'reserved + unavailable within on_hand, nothing below 0',
       format('on_hand %s, reserved %s, unavailable %s, incoming %s',
              on_hand, reserved, unavailable, incoming)
FROM inventory_position
WHERE least(on_hand, reserved, unavailable, incoming, on_hand - unavailable - reserved) < 0

-- Write new positions and their first ledger lines; sorted, so that a SKU's positions lie together.
WITH stock AS MATERIALIZED (
    SELECT *
    FROM unnest(%(sku)s::int[], %(location)s::int[], %(on_hand)s::int[], %(incoming)s::int[])
        AS s (sku_id, location_id, on_hand, incoming)
), placed AS (
    INSERT INTO inventory_position
        (sku_id, location_id, on_hand, reserved, unavailable, incoming, version, updated_at)
    SELECT sku_id, location_id, on_hand, 0, 0, incoming, 1, %(now)s
    FROM stock
    ORDER BY sku_id, location_id
)
INSERT INTO inventory_movement
    (sku_id, location_id, kind, on_hand_delta, reserved_delta, unavailable_delta, incoming_delta,
     cause_type, cause_id, source, occurred_at, actor_kind, actor_id, reason)
SELECT sku_id, location_id, 'opening', on_hand, 0, 0, incoming,
       '', '', %(source)s, %(now)s, %(actor_kind)s, %(actor_id)s, ''
FROM stock
ORDER BY sku_id, location_id

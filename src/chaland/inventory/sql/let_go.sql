-- Give held units back to sale, in part (`closes` is false) or so that the row is closed.
-- The caller holds the locks of the positions and of the rows, taken in order by `lock_holds`, and has read
-- the rows under them; so nothing here waits, and what is counted is what is there.
WITH request AS MATERIALIZED (
    SELECT *
    FROM unnest(
        %(basket)s::uuid[], %(sku)s::int[], %(location)s::int[], %(quantity)s::int[], %(closes)s::bool[],
        %(order)s::uuid[], %(cause_type)s::text[], %(cause)s::text[],
        %(actor_kind)s::text[], %(actor_id)s::text[]
    ) AS r (
        basket_id, sku_id, location_id, quantity, closes, order_id, cause_type, cause_id,
        actor_kind, actor_id
    )
), closed AS (
    UPDATE inventory_hold h
    SET quantity = CASE WHEN r.closes THEN h.quantity ELSE h.quantity - r.quantity END,
        closed_at = CASE WHEN r.closes THEN %(now)s::timestamptz END,
        outcome = CASE WHEN r.closes THEN %(outcome)s::text END,
        order_id = r.order_id
    FROM request r
    WHERE (h.basket_id, h.sku_id, h.location_id) = (r.basket_id, r.sku_id, r.location_id)
      AND h.closed_at IS NULL
      AND (NOT r.closes OR h.quantity = r.quantity)
    RETURNING h.sku_id, h.location_id, h.channel_id, h.in_quota, r.quantity
), moved AS (
    UPDATE inventory_position p
    SET reserved = p.reserved - s.quantity,
        version = p.version + 1,
        updated_at = %(now)s
    FROM (
        SELECT sku_id, location_id, sum(quantity)::int AS quantity
        FROM closed
        GROUP BY sku_id, location_id
    ) AS s
    WHERE p.sku_id = s.sku_id AND p.location_id = s.location_id
), given_back AS (
    UPDATE inventory_quota q
    SET used = q.used - least(q.used, s.quantity),
        refilled = q.refilled - (s.quantity - least(q.used, s.quantity))
    FROM (
        SELECT sku_id, location_id, channel_id, sum(quantity)::int AS quantity
        FROM closed
        WHERE in_quota
        GROUP BY sku_id, location_id, channel_id
    ) AS s
    WHERE (q.sku_id, q.location_id, q.channel_id) = (s.sku_id, s.location_id, s.channel_id)
), ledger AS (
    INSERT INTO inventory_movement
        (sku_id, location_id, kind, on_hand_delta, reserved_delta, unavailable_delta,
         incoming_delta, reservation_id, cause_type, cause_id, source, occurred_at,
         actor_kind, actor_id, reason)
    SELECT sku_id, location_id, 'hold_release', 0, -quantity, 0,
           0, basket_id, cause_type, cause_id, 'chaland', %(now)s,
           actor_kind, actor_id, %(reason)s
    FROM request
)
SELECT count(*) FROM closed

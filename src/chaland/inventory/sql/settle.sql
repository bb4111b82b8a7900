-- Release or issue reservations, all or none; `leaves` is 1 when the units leave the building, else 0.
-- Positions are locked before reservations, each in order; a second settlement of the same
-- reservation waits at the position and then sees what the first one left open. Columns in constraints
-- are set from the locked rows; `reserve` says why.
WITH request AS MATERIALIZED (
    SELECT *
    FROM unnest(%(id)s::uuid[], %(quantity)s::int[], %(cause)s::text[])
        AS r (id, quantity, cause_id)
), part AS MATERIALIZED (
    -- Of SKUs that are followed by lot: the lots that the units leave with, a line of the ledger for each.
    SELECT *
    FROM unnest(%(part_id)s::uuid[], %(part_lot)s::text[], %(part_units)s::int[])
        AS t (id, lot, units)
), place AS MATERIALIZED (
    SELECT p.sku_id, p.location_id, p.on_hand, p.reserved, p.unavailable
    FROM (
        SELECT DISTINCT v.sku_id, v.location_id
        FROM request r
        JOIN inventory_reservation v USING (id)
    ) AS touched
    JOIN inventory_position p USING (sku_id, location_id)
    ORDER BY p.sku_id, p.location_id
    FOR NO KEY UPDATE OF p
), held AS MATERIALIZED (
    SELECT v.id, v.sku_id, v.location_id, v.order_id, v.order_line_id, r.cause_id,
           v.channel_id, v.in_quota, v.issued, v.released, v.quantity - v.issued - v.released AS open_units,
           coalesce(r.quantity, v.quantity - v.issued - v.released) AS quantity
    FROM request r
    JOIN inventory_reservation v USING (id)
    WHERE (SELECT count(*) FROM place) >= 0  -- evaluated first: positions before reservations
    ORDER BY v.id
    FOR NO KEY UPDATE OF v
), refused AS MATERIALIZED (
    SELECT r.id, h.open_units
    FROM request r
    LEFT JOIN held h USING (id)
    WHERE h.id IS NULL OR h.open_units = 0 OR h.quantity > h.open_units
), moved AS (
    UPDATE inventory_position p
    SET on_hand = l.on_hand - s.quantity * %(leaves)s::int,
        reserved = l.reserved - s.quantity,
        unavailable = l.unavailable,
        version = p.version + 1,
        updated_at = %(now)s
    FROM (
        SELECT sku_id, location_id, sum(quantity)::int AS quantity
        FROM held
        GROUP BY sku_id, location_id
    ) AS s
    JOIN place l USING (sku_id, location_id)
    WHERE p.sku_id = s.sku_id AND p.location_id = s.location_id
      AND NOT EXISTS (SELECT FROM refused)
), given_back AS (
    -- What goes back to sale goes back to the channel's quota; `refilled` has what `used` has lost by returns.
    UPDATE inventory_quota q
    SET used = q.used - least(q.used, s.quantity),
        refilled = q.refilled - (s.quantity - least(q.used, s.quantity))
    FROM (
        SELECT sku_id, location_id, channel_id, sum(quantity)::int AS quantity
        FROM held
        WHERE in_quota AND %(leaves)s::int = 0
        GROUP BY sku_id, location_id, channel_id
    ) AS s
    WHERE (q.sku_id, q.location_id, q.channel_id) = (s.sku_id, s.location_id, s.channel_id)
      AND NOT EXISTS (SELECT FROM refused)
), settled AS (
    UPDATE inventory_reservation v
    SET issued = h.issued + h.quantity * %(leaves)s::int,
        released = h.released + h.quantity * (1 - %(leaves)s::int),
        closed_at = CASE WHEN h.quantity = h.open_units THEN %(now)s::timestamptz END
    FROM held h
    WHERE v.id = h.id AND NOT EXISTS (SELECT FROM refused)
), ledger AS (
    INSERT INTO inventory_movement
        (sku_id, location_id, kind, on_hand_delta, reserved_delta, unavailable_delta,
         incoming_delta, reservation_id, cause_type, cause_id, source, occurred_at,
         actor_kind, actor_id, reason, lot)
    SELECT sku_id, location_id, %(kind)s, -coalesce(part.units, quantity) * %(leaves)s::int,
           -coalesce(part.units, quantity), 0,
           0, held.id, %(cause_type)s, cause_id, 'chaland', %(now)s,
           %(actor_kind)s, %(actor_id)s, %(reason)s, part.lot
    FROM held
    LEFT JOIN part ON part.id = held.id
    WHERE NOT EXISTS (SELECT FROM refused)
)
SELECT true, id, sku_id, location_id, quantity, order_id, order_line_id
FROM held
WHERE NOT EXISTS (SELECT FROM refused)
UNION ALL
SELECT false, id, 0, 0, open_units, NULL, NULL
FROM refused

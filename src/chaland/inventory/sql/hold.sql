-- Keep units for baskets, all that is asked or nothing, and answer with what is short.
-- Written like `reserve`, for the same reasons. A basket that has units of the position already gets more;
-- a row of it that was closed is opened again. Whether more units count in a quota is as for those before.
WITH request AS MATERIALIZED (
    SELECT *
    FROM unnest(
        %(basket)s::uuid[], %(sku)s::int[], %(location)s::int[], %(quantity)s::int[], %(keep)s::int[],
        %(channel)s::int[], %(reference)s::text[], %(organisations)s::text[], %(ttl)s::int[],
        %(cause)s::text[], %(actor_kind)s::text[], %(actor_id)s::text[]
    ) AS r (
        basket_id, sku_id, location_id, quantity, keep, channel_id, reference, organisations,
        ttl_seconds, cause_id, actor_kind, actor_id
    )
), wanted AS MATERIALIZED (
    SELECT sku_id, location_id, sum(quantity)::int AS quantity
    FROM request
    GROUP BY sku_id, location_id
), place AS MATERIALIZED (
    SELECT p.sku_id, p.location_id, p.on_hand, p.reserved, p.unavailable, w.quantity
    FROM wanted w
    JOIN inventory_position p USING (sku_id, location_id)
    ORDER BY p.sku_id, p.location_id
    FOR NO KEY UPDATE OF p
), fence AS MATERIALIZED (
    SELECT q.sku_id, q.location_id, q.channel_id, q.granted - q.used AS units
    FROM place
    JOIN inventory_quota q USING (sku_id, location_id)
    FOR NO KEY UPDATE OF q
), asked AS MATERIALIZED (
    SELECT sku_id, location_id, channel_id, sum(quantity)::int AS quantity, max(keep) AS keep
    FROM request
    GROUP BY sku_id, location_id, channel_id
), fenced AS MATERIALIZED (
    SELECT f.sku_id, f.location_id, f.channel_id, greatest(f.units - coalesce(a.quantity, 0), 0) AS units
    FROM fence f
    LEFT JOIN asked a USING (sku_id, location_id, channel_id)
), behind AS MATERIALIZED (
    SELECT a.sku_id, a.location_id, max(a.keep + coalesce(t.units, 0) - coalesce(o.units, 0)) AS units
    FROM asked a
    LEFT JOIN (
        SELECT sku_id, location_id, sum(units)::int AS units
        FROM fenced
        GROUP BY sku_id, location_id
    ) AS t USING (sku_id, location_id)
    LEFT JOIN fenced o USING (sku_id, location_id, channel_id)
    GROUP BY a.sku_id, a.location_id
), locked AS MATERIALIZED (
    SELECT p.*, greatest(p.on_hand - p.unavailable - p.reserved - b.units, 0) AS available
    FROM place p
    JOIN behind b USING (sku_id, location_id)
), verdict AS MATERIALIZED (
    SELECT count(*) FILTER (WHERE available >= quantity) = (SELECT count(*) FROM wanted) AS enough
    FROM locked
), moved AS (
    UPDATE inventory_position p
    SET on_hand = l.on_hand,
        reserved = l.reserved + l.quantity,
        unavailable = l.unavailable,
        version = p.version + 1,
        updated_at = %(now)s
    FROM locked l
    WHERE p.sku_id = l.sku_id AND p.location_id = l.location_id
      AND (SELECT enough FROM verdict)
), counted AS MATERIALIZED (
    SELECT r.basket_id, sku_id, location_id, channel_id, r.quantity
    FROM request r
    JOIN inventory_quota q USING (sku_id, location_id, channel_id)
    WHERE NOT EXISTS (
        SELECT FROM inventory_hold h
        WHERE (h.basket_id, h.sku_id, h.location_id) = (r.basket_id, r.sku_id, r.location_id)
          AND h.closed_at IS NULL AND NOT h.in_quota
    )
), used AS (
    UPDATE inventory_quota q
    SET used = q.used + s.quantity
    FROM (
        SELECT sku_id, location_id, channel_id, sum(quantity)::int AS quantity
        FROM counted
        GROUP BY sku_id, location_id, channel_id
    ) AS s
    WHERE (q.sku_id, q.location_id, q.channel_id) = (s.sku_id, s.location_id, s.channel_id)
      AND (SELECT enough FROM verdict)
), kept AS (
    INSERT INTO inventory_hold AS h
        (basket_id, sku_id, location_id, channel_id, quantity, in_quota, reference,
         organisation_ids, ttl_seconds, created_at, expires_at)
    SELECT basket_id, sku_id, location_id, channel_id, quantity,
           (basket_id, sku_id, location_id) IN (SELECT basket_id, sku_id, location_id FROM counted),
           reference, organisations::int[], ttl_seconds,
           %(now)s::timestamptz, %(now)s::timestamptz + make_interval(secs => ttl_seconds)
    FROM request
    WHERE (SELECT enough FROM verdict)
    ON CONFLICT (basket_id, sku_id, location_id) DO UPDATE
    SET quantity = EXCLUDED.quantity + CASE WHEN h.closed_at IS NULL THEN h.quantity ELSE 0 END,
        in_quota = EXCLUDED.in_quota,
        ttl_seconds = EXCLUDED.ttl_seconds,
        expires_at = EXCLUDED.expires_at,
        closed_at = NULL,
        outcome = NULL,
        order_id = NULL
), ledger AS (
    INSERT INTO inventory_movement
        (sku_id, location_id, kind, on_hand_delta, reserved_delta, unavailable_delta,
         incoming_delta, reservation_id, cause_type, cause_id, source, occurred_at,
         actor_kind, actor_id, reason)
    SELECT sku_id, location_id, 'hold', 0, quantity, 0,
           0, basket_id, 'basket', cause_id, 'chaland', %(now)s,
           actor_kind, actor_id, ''
    FROM request
    WHERE (SELECT enough FROM verdict)
)
SELECT w.sku_id, w.location_id, w.quantity, coalesce(l.available, 0)
FROM wanted w
LEFT JOIN locked l USING (sku_id, location_id)
WHERE NOT (SELECT enough FROM verdict) AND coalesce(l.available, 0) < w.quantity
ORDER BY w.sku_id, w.location_id

-- Move sellable units to an unsellable status, all that is asked or nothing; answer with what is short.
-- Written like `reserve`, for the same reasons.
WITH request AS MATERIALIZED (
    SELECT *
    FROM unnest(
        %(sku)s::int[], %(location)s::int[], %(quantity)s::int[], %(status)s::text[], %(cause)s::text[]
    ) AS r (sku_id, location_id, quantity, status, cause_id)
), wanted AS MATERIALIZED (
    SELECT sku_id, location_id, sum(quantity)::int AS quantity
    FROM request
    GROUP BY sku_id, location_id
), locked AS MATERIALIZED (
    SELECT p.sku_id, p.location_id, p.on_hand, p.reserved, p.unavailable, w.quantity,
           p.on_hand - p.unavailable - p.reserved AS available
    FROM wanted w
    JOIN inventory_position p USING (sku_id, location_id)
    ORDER BY p.sku_id, p.location_id
    FOR NO KEY UPDATE OF p
), verdict AS MATERIALIZED (
    SELECT count(*) FILTER (WHERE available >= quantity) = (SELECT count(*) FROM wanted) AS enough
    FROM locked
), moved AS (
    UPDATE inventory_position p
    SET on_hand = l.on_hand,
        reserved = l.reserved,
        unavailable = l.unavailable + l.quantity,
        version = p.version + 1,
        updated_at = %(now)s
    FROM locked l
    WHERE p.sku_id = l.sku_id AND p.location_id = l.location_id
      AND (SELECT enough FROM verdict)
), ledger AS (
    INSERT INTO inventory_movement
        (sku_id, location_id, kind, on_hand_delta, reserved_delta, unavailable_delta,
         incoming_delta, status, cause_type, cause_id, source, occurred_at,
         actor_kind, actor_id, reason)
    SELECT sku_id, location_id, 'blocking', 0, 0, quantity,
           0, status, %(cause_type)s, cause_id, 'chaland', %(now)s,
           %(actor_kind)s, %(actor_id)s, %(reason)s
    FROM request
    WHERE (SELECT enough FROM verdict)
)
SELECT w.sku_id, w.location_id, w.quantity, coalesce(l.available, 0)
FROM wanted w
LEFT JOIN locked l USING (sku_id, location_id)
WHERE NOT (SELECT enough FROM verdict) AND coalesce(l.available, 0) < w.quantity
ORDER BY w.sku_id, w.location_id

-- Reserve all that is asked or nothing, and answer with what is short.
-- One statement: the locks are taken before anything is compared, because the data-modifying parts
-- read `verdict`, `verdict` reads `locked`, and LockRows re-reads a row that another transaction changed.
-- PostgreSQL checks constraints on a row made from the version that the statement's snapshot shows, and
-- only then notices that another transaction has written a newer one. So every column in a constraint is
-- set from the locked row, never from the row of the snapshot.
WITH request AS MATERIALIZED (
    SELECT *
    FROM unnest(
        %(id)s::uuid[], %(sku)s::int[], %(location)s::int[], %(quantity)s::int[],
        %(order)s::uuid[], %(line)s::uuid[], %(cause)s::text[], %(actor_kind)s::text[], %(actor_id)s::text[]
    ) AS r (
        id, sku_id, location_id, quantity, order_id, order_line_id, cause_id, actor_kind, actor_id
    )
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
        reserved = l.reserved + l.quantity,
        unavailable = l.unavailable,
        version = p.version + 1,
        updated_at = %(now)s
    FROM locked l
    WHERE p.sku_id = l.sku_id AND p.location_id = l.location_id
      AND (SELECT enough FROM verdict)
), kept AS (
    INSERT INTO inventory_reservation
        (id, sku_id, location_id, quantity, issued, released, order_id, order_line_id, created_at)
    SELECT id, sku_id, location_id, quantity, 0, 0, order_id, order_line_id, %(now)s
    FROM request
    WHERE (SELECT enough FROM verdict)
), ledger AS (
    INSERT INTO inventory_movement
        (sku_id, location_id, kind, on_hand_delta, reserved_delta, unavailable_delta,
         incoming_delta, reservation_id, cause_type, cause_id, source, occurred_at,
         actor_kind, actor_id, reason)
    SELECT sku_id, location_id, 'reservation', 0, quantity, 0,
           0, id, %(cause_type)s, cause_id, 'chaland', %(now)s,
           actor_kind, actor_id, ''
    FROM request
    WHERE (SELECT enough FROM verdict)
)
SELECT w.sku_id, w.location_id, w.quantity, coalesce(l.available, 0)
FROM wanted w
LEFT JOIN locked l USING (sku_id, location_id)
WHERE NOT (SELECT enough FROM verdict) AND coalesce(l.available, 0) < w.quantity
ORDER BY w.sku_id, w.location_id

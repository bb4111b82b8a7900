-- Write lines of the ledger and what they do to their positions, which the caller has locked and checked.
WITH line AS MATERIALIZED (
    SELECT *
    FROM unnest(
        %(sku)s::int[], %(location)s::int[], %(kind)s::text[], %(on_hand)s::int[],
        %(unavailable)s::int[], %(incoming)s::int[], %(status)s::text[], %(lot)s::text[],
        %(cause)s::text[], %(source)s::text[], %(source_ref)s::text[],
        %(occurred_at)s::timestamptz[], %(reason)s::text[]
    ) WITH ORDINALITY AS l (
        sku_id, location_id, kind, on_hand, unavailable, incoming, status, lot,
        cause_id, source, source_ref, occurred_at, reason, place
    )
), moved AS (
    UPDATE inventory_position p
    SET on_hand = p.on_hand + s.on_hand,
        unavailable = p.unavailable + s.unavailable,
        incoming = p.incoming + s.incoming,
        version = p.version + 1,
        updated_at = %(now)s
    FROM (
        SELECT sku_id, location_id, sum(on_hand)::int AS on_hand,
               sum(unavailable)::int AS unavailable, sum(incoming)::int AS incoming
        FROM line
        GROUP BY sku_id, location_id
    ) AS s
    WHERE p.sku_id = s.sku_id AND p.location_id = s.location_id
)
INSERT INTO inventory_movement
    (sku_id, location_id, kind, on_hand_delta, reserved_delta, unavailable_delta, incoming_delta,
     status, lot, cause_type, cause_id, source, source_ref, occurred_at,
     actor_kind, actor_id, reason)
SELECT sku_id, location_id, kind, on_hand, 0, unavailable, incoming,
       status, lot, %(cause_type)s, cause_id, source, source_ref, occurred_at,
       %(actor_kind)s, %(actor_id)s, reason
FROM line
ORDER BY place

-- Apply changes that were checked under lock: one update per position, one line per adjustment.
WITH change AS MATERIALIZED (
    SELECT *
    FROM unnest(
        %(sku)s::int[], %(location)s::int[], %(kind)s::text[], %(on_hand)s::int[],
        %(unavailable)s::int[], %(incoming)s::int[], %(counted)s::int[], %(status)s::text[],
        %(source)s::text[], %(source_ref)s::text[], %(occurred_at)s::timestamptz[],
        %(reason)s::text[], %(cause_type)s::text[], %(cause_id)s::text[],
        %(lot)s::text[]
    ) WITH ORDINALITY AS c (
        sku_id, location_id, kind, on_hand, unavailable, incoming, counted, status,
        source, source_ref, occurred_at, reason, cause_type, cause_id, lot, place
    )
), moved AS (
    UPDATE inventory_position p
    SET on_hand = p.on_hand + s.on_hand,
        unavailable = p.unavailable + s.unavailable,
        incoming = p.incoming + s.incoming,
        counted_as_of = greatest(p.counted_as_of, s.counted_as_of),
        version = p.version + 1,
        updated_at = %(now)s
    FROM (
        SELECT sku_id, location_id, sum(on_hand)::int AS on_hand,
               sum(unavailable)::int AS unavailable, sum(incoming)::int AS incoming,
               max(occurred_at) FILTER (WHERE kind = 'count') AS counted_as_of
        FROM change
        GROUP BY sku_id, location_id
    ) AS s
    WHERE p.sku_id = s.sku_id AND p.location_id = s.location_id
)
INSERT INTO inventory_movement
    (sku_id, location_id, kind, on_hand_delta, reserved_delta, unavailable_delta, incoming_delta,
     counted, status, cause_type, cause_id, source, source_ref, occurred_at,
     actor_kind, actor_id, reason, lot)
SELECT sku_id, location_id, kind, on_hand, 0, unavailable, incoming,
       counted, status, cause_type, cause_id, source, source_ref, occurred_at,
       %(actor_kind)s, %(actor_id)s, reason, lot
FROM change
ORDER BY place

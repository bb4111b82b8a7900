-- Bring positions that are locked to what was counted, plus what happened since. What orders hold and what
-- cannot be sold stays: the units that a count does not leave for them are answered.
WITH line AS MATERIALIZED (
    SELECT *
    FROM unnest(
        %(line)s::int[], %(sku)s::int[], %(location)s::int[], %(quantity)s::int[],
        %(as_of)s::timestamptz[]
    ) AS c (line, sku_id, location_id, quantity, as_of)
), {unknown}, judged AS MATERIALIZED (
    SELECT c.line, c.sku_id, c.location_id, c.quantity, c.as_of,
           p.on_hand, p.reserved, p.unavailable,
           c.quantity + coalesce(u.units, 0) AS target,
           greatest(c.quantity + coalesce(u.units, 0), p.reserved + p.unavailable) AS becomes
    FROM line c
    JOIN inventory_position p USING (sku_id, location_id)
    LEFT JOIN unknown u USING (sku_id, location_id, as_of)
), moved AS (
    UPDATE inventory_position p
    SET on_hand = j.becomes,
        reserved = j.reserved,
        unavailable = j.unavailable,
        counted_as_of = greatest(p.counted_as_of, j.as_of),
        version = p.version + (j.becomes <> j.on_hand)::int,
        updated_at = CASE WHEN j.becomes <> j.on_hand THEN %(now)s::timestamptz ELSE p.updated_at END
    FROM judged j
    WHERE p.sku_id = j.sku_id AND p.location_id = j.location_id
), ledger AS (
    INSERT INTO inventory_movement
        (sku_id, location_id, kind, on_hand_delta, reserved_delta, unavailable_delta,
         incoming_delta, counted, cause_type, cause_id, source, occurred_at,
         actor_kind, actor_id, reason)
    SELECT sku_id, location_id, 'count', becomes - on_hand, 0, 0,
           0, quantity, %(cause_type)s, %(cause_id)s, %(source)s, as_of,
           %(actor_kind)s, %(actor_id)s, %(reason)s
    FROM judged j
    WHERE becomes <> on_hand OR target < becomes OR (
        -- LIMIT keeps the planner from reading the whole ledger once, in place of a line or none.
        SELECT true
        FROM inventory_movement m
        WHERE m.sku_id = j.sku_id AND m.location_id = j.location_id
        LIMIT 1
    ) IS NULL
    ORDER BY sku_id, location_id
), short AS (
    SELECT * FROM judged WHERE target < becomes ORDER BY sku_id, location_id
)
SELECT (SELECT count(*) FROM judged WHERE becomes <> on_hand AND becomes = target),
       (SELECT coalesce(sum(becomes - on_hand) FILTER (WHERE becomes > on_hand), 0) FROM judged),
       (SELECT coalesce(sum(on_hand - becomes) FILTER (WHERE becomes < on_hand), 0) FROM judged),
       (SELECT array_agg(DISTINCT sku_id) FROM judged WHERE becomes <> on_hand),
       (SELECT array_agg(line) FROM judged WHERE becomes <> on_hand AND %(tell)s::boolean),
       short.line, short.sku_id, short.location_id, short.quantity, short.becomes - short.target,
       short.reserved, short.unavailable
FROM (SELECT) AS always
LEFT JOIN short ON true

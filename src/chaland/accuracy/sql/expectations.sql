-- What did the record say just before these positions were counted, and did units move while they were?
-- A count tells what was there before its moment: what came or went from then on is no part of it.
-- `looked_later`: somebody counted the shelf again since; what another system says is no look at it.
-- `missing_before` and `missing_after` are units that pickers did not find, before and since; `status`
-- and `units` are the other units that are on hand and not for sale, but for those kept for counts.
SELECT c.sku_id,
       coalesce(p.on_hand, 0) - coalesce(m.since, 0) AS expected,
       coalesce(p.reserved, 0) AS reserved,
       coalesce(p.on_hand, 0) AS on_hand,
       coalesce(p.on_hand - p.reserved - p.unavailable, 0) AS available,
       coalesce(m.meanwhile, 0) > 0 AS disturbed,
       coalesce(m.looked_later, false) AS looked_later,
       coalesce(m.missing_before, 0) AS missing_before,
       coalesce(m.missing_after, 0) AS missing_after,
       coalesce(blocked.status, '{}') AS statuses,
       coalesce(blocked.units, '{}') AS status_units
FROM unnest(%(sku)s::int[], %(first_at)s::timestamptz[], %(as_of)s::timestamptz[])
    AS c (sku_id, first_at, as_of)
LEFT JOIN inventory_position p ON p.sku_id = c.sku_id AND p.location_id = %(location)s::int
LEFT JOIN LATERAL (
    SELECT sum(m.on_hand_delta) FILTER (
               WHERE m.occurred_at >= c.as_of AND m.kind NOT IN ('count', 'opening')
           )::int AS since,
           count(*) FILTER (
               WHERE m.on_hand_delta <> 0 AND m.kind NOT IN ('count', 'opening')
                 AND NOT (m.kind = 'adjustment' AND m.source = 'chaland')  -- names of lots
                 AND m.occurred_at >= c.first_at AND m.occurred_at < c.as_of
           ) AS meanwhile,
           bool_or(m.kind = 'count' AND m.occurred_at > c.as_of
                   AND m.cause_type NOT IN ('feed_run', 'reconciliation')) AS looked_later,
           sum(m.unavailable_delta) FILTER (
               WHERE m.status = 'missing' AND m.occurred_at < c.as_of
           )::int AS missing_before,
           sum(m.unavailable_delta) FILTER (
               WHERE m.status = 'missing' AND m.occurred_at >= c.as_of
           )::int AS missing_after
    FROM inventory_movement m
    WHERE m.sku_id = c.sku_id AND m.location_id = %(location)s::int
      AND (m.occurred_at >= c.first_at OR m.status = 'missing')
) AS m ON true
LEFT JOIN LATERAL (
    SELECT array_agg(s.status ORDER BY s.status) AS status, array_agg(s.units ORDER BY s.status) AS units
    FROM (
        SELECT b.status, sum(b.unavailable_delta)::int AS units
        FROM inventory_movement b
        WHERE b.sku_id = c.sku_id AND b.location_id = %(location)s::int
          AND b.status NOT IN ('missing', 'counting')
        GROUP BY b.status
        HAVING sum(b.unavailable_delta) > 0
    ) AS s
) AS blocked ON true

-- The ledger of positions at which somebody looked, oldest line first, as arrays: what there is to learn
-- from. At most about `most` lines, of positions drawn evenly; seconds are counted from 2020.
WITH looked AS (
    SELECT DISTINCT sku_id, location_id
    FROM accuracy_evidence
    WHERE counted_at IS NOT NULL OR found > 0 OR missed > 0
), sized AS (
    SELECT l.sku_id, l.location_id, n.lines,
           sum(n.lines) OVER (ORDER BY hashint8(l.sku_id::bigint * 100003 + l.location_id),
                              l.sku_id, l.location_id) AS total
    FROM looked l
    CROSS JOIN LATERAL (
        SELECT count(*) AS lines
        FROM inventory_movement m
        WHERE m.sku_id = l.sku_id AND m.location_id = l.location_id
          AND (m.on_hand_delta <> 0 OR m.unavailable_delta <> 0 OR m.kind = 'count')
    ) AS n
), line AS (
    SELECT m.sku_id, m.location_id,
           round(extract(epoch FROM m.occurred_at) - 1577836800)::int4 AS at,
           array_position('{count,out,picked,in,missed}'::text[], {part}) AS part,
           abs(m.on_hand_delta) AS units,
           m.on_hand_delta - CASE WHEN m.status = 'counting' THEN 0 ELSE m.unavailable_delta END
               AS change,
           m.counted
    FROM sized z
    JOIN inventory_movement m USING (sku_id, location_id)
    WHERE z.total <= %(most)s
      AND (m.on_hand_delta <> 0 OR m.unavailable_delta <> 0 OR m.kind = 'count')
    ORDER BY m.sku_id, m.location_id, m.occurred_at, m.kind <> 'count', m.id
)
SELECT array_send(array_agg(sku_id::int4)), array_send(array_agg(location_id::int4)),
       array_send(array_agg(at)), array_send(array_agg(coalesce(part - 1, 5)::int4)),
       array_send(array_agg(units::int4)), array_send(array_agg(change::int4)),
       array_send(array_agg(coalesce(counted, -1)::int4))
FROM line

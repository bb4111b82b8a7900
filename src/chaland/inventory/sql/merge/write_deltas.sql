-- Add a chunk of differences to positions that are locked: each message once, none that the last count
-- holds already, and nothing below what orders hold and what cannot be sold. Units that come count first.
WITH line AS MATERIALIZED (
    SELECT line, sku_id, location_id, quantity, line_ref,
           coalesce(occurred_at, %(as_of)s::timestamptz) AS occurred_at
    FROM {stage} AS stage
    WHERE (sku_id, location_id) > (%(sku)s::int, %(location)s::int)
      AND (sku_id, location_id) <= (%(last_sku)s::int, %(last_location)s::int)
      AND quantity IS NOT NULL
), known AS MATERIALIZED (
    -- One look-up a line: joined as a whole, all that the source ever said would be read.
    SELECT l.line, m.on_hand_delta
    FROM line l
    CROSS JOIN LATERAL (
        SELECT on_hand_delta
        FROM inventory_movement
        WHERE source = %(source)s::text AND source_ref = l.line_ref
          AND sku_id = l.sku_id AND location_id = l.location_id
          AND source_ref IS NOT NULL
        LIMIT 1
    ) AS m
), confirmed AS MATERIALIZED (
    SELECT f.sku_id, place.location_id, max(f.as_of) AS as_of
    FROM inventory_confirmation f, unnest(f.location_ids) AS place (location_id)
    WHERE f.sku_id BETWEEN %(first_sku)s::int AND %(last_sku)s::int
      AND f.as_of > %(since)s::timestamptz
    GROUP BY f.sku_id, place.location_id
), judged AS MATERIALIZED (
    SELECT l.*, p.on_hand, p.reserved, p.unavailable,
           CASE
               WHEN k.line IS NOT NULL
               THEN CASE WHEN k.on_hand_delta = l.quantity
                           OR (l.quantity < 0 AND k.on_hand_delta > l.quantity
                               AND k.on_hand_delta < 0)
                         THEN 'duplicate' ELSE 'line_id_reused' END
               WHEN l.line_ref IS NOT NULL AND row_number() OVER (
                   PARTITION BY l.sku_id, l.location_id, l.line_ref ORDER BY l.line
               ) > 1
               THEN CASE WHEN first_value(l.quantity) OVER (
                   PARTITION BY l.sku_id, l.location_id, l.line_ref ORDER BY l.line
               ) = l.quantity THEN 'duplicate' ELSE 'line_id_reused' END
               WHEN l.occurred_at < greatest(p.counted_as_of, f.as_of) THEN 'superseded'
               ELSE 'live'
           END AS verdict
    FROM line l
    LEFT JOIN inventory_position p USING (sku_id, location_id)
    LEFT JOIN known k USING (line)
    LEFT JOIN confirmed f USING (sku_id, location_id)
), live AS MATERIALIZED (
    SELECT line, sku_id, location_id, quantity, line_ref, occurred_at, reserved, unavailable,
           CASE
               WHEN quantity >= 0 THEN quantity
               ELSE -greatest(0, least(-quantity, coalesce(on_hand - reserved - unavailable, 0)
                   + sum(greatest(quantity, 0)) OVER (PARTITION BY sku_id, location_id)
                   + sum(least(quantity, 0)) OVER (PARTITION BY sku_id, location_id ORDER BY line)
                   - quantity))
           END::int AS applied
    FROM judged
    WHERE verdict = 'live'
), moved AS (
    UPDATE inventory_position p
    SET on_hand = p.on_hand + s.units,
        version = p.version + 1,
        updated_at = %(now)s
    FROM (
        SELECT sku_id, location_id, sum(applied)::int AS units
        FROM live
        WHERE applied <> 0
        GROUP BY sku_id, location_id
    ) AS s
    WHERE p.sku_id = s.sku_id AND p.location_id = s.location_id
), ledger AS (
    INSERT INTO inventory_movement
        (sku_id, location_id, kind, on_hand_delta, reserved_delta, unavailable_delta,
         incoming_delta, cause_type, cause_id, source, source_ref, occurred_at,
         actor_kind, actor_id, reason)
    SELECT sku_id, location_id, 'adjustment', applied, 0, 0,
           0, %(cause_type)s, %(cause_id)s, %(source)s, line_ref, occurred_at,
           %(actor_kind)s, %(actor_id)s, %(reason)s
    FROM live
    WHERE applied <> 0
    ORDER BY sku_id, location_id, line
), short AS (
    SELECT * FROM live WHERE applied <> quantity ORDER BY sku_id, location_id, line
), refused AS (
    SELECT * FROM judged WHERE verdict = 'line_id_reused' ORDER BY line
)
SELECT (SELECT count(*) FROM live WHERE applied = quantity),
       (SELECT count(*) FROM judged WHERE verdict = 'duplicate'),
       (SELECT count(*) FROM judged WHERE verdict = 'superseded'),
       (SELECT coalesce(sum(applied) FILTER (WHERE applied > 0), 0) FROM live),
       (SELECT coalesce(-sum(applied) FILTER (WHERE applied < 0), 0) FROM live),
       (SELECT array_agg(DISTINCT sku_id) FROM live WHERE applied <> 0),
       (SELECT array_agg(line) FROM judged WHERE %(tell)s::boolean),
       (SELECT array_agg(verdict) FROM judged WHERE %(tell)s::boolean),
       (SELECT array_agg(line) FROM refused), (SELECT array_agg(verdict) FROM refused),
       short.line, short.sku_id, short.location_id, short.quantity,
       short.applied - short.quantity, short.reserved, short.unavailable
FROM (SELECT) AS always
LEFT JOIN short ON true

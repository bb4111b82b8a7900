-- Take in what the ledger tells since the last time: the lines that the snapshot `seen` did not show.
-- Units that came and went are added to what is known; a position that was counted or missed, or of which
-- nothing was known, is worked out anew. Lines may come in any order: what is added does not depend on it.
WITH fresh AS MATERIALIZED (
    SELECT m.id, m.sku_id, m.location_id, m.occurred_at AS at, m.kind, m.source, m.reason,
           abs(m.on_hand_delta) AS units, m.counted, m.on_hand_delta,
           {part} AS part
    FROM inventory_movement m
    WHERE m.xid >= pg_snapshot_xmin(%(seen)s::pg_snapshot)
      AND NOT pg_visible_in_snapshot(m.xid, %(seen)s::pg_snapshot)
      AND (m.on_hand_delta <> 0 OR m.unavailable_delta <> 0 OR m.kind = 'count')
), touched AS MATERIALIZED (
    SELECT f.sku_id, f.location_id, min(f.at) AS first_at,
           bool_or(f.part IN ('count', 'missed')) OR bool_and(e.sku_id IS NULL) AS anew,
           bool_or(f.part <> '') OR bool_and(e.sku_id IS NOT NULL) AS telling,
           count(*) FILTER (WHERE f.part IN ('count', 'picked', 'missed')) AS looks
    FROM fresh f
    LEFT JOIN accuracy_evidence e USING (sku_id, location_id)
    GROUP BY f.sku_id, f.location_id
), counts AS (
    INSERT INTO accuracy_counted
        (id, sku_id, location_id, counted_at, record, counted, source, reason, unit_cost)
    SELECT f.id, f.sku_id, f.location_id, f.at, f.counted - f.on_hand_delta, f.counted, f.source,
           CASE WHEN f.source = %(count_source)s THEN f.reason ELSE '' END, s.unit_cost
    FROM fresh f
    JOIN catalog_sku s ON s.id = f.sku_id
    WHERE f.kind = 'count' AND f.counted IS NOT NULL
    ON CONFLICT (id) DO NOTHING
), {evidence}, written AS (
    INSERT INTO accuracy_evidence AS e
        (sku_id, location_id, first_at, counted_at, sold, received, missed, found, missed_at,
         found_after, received_after, last_out_at, mass)
    SELECT sku_id, location_id, first_at, counted_at, sold, received, missed, found, missed_at,
           found_after, received_after, last_out_at, mass
    FROM evidence
    ON CONFLICT (sku_id, location_id) DO UPDATE
    SET first_at = EXCLUDED.first_at, counted_at = EXCLUDED.counted_at, sold = EXCLUDED.sold,
        received = EXCLUDED.received, missed = EXCLUDED.missed, found = EXCLUDED.found,
        missed_at = EXCLUDED.missed_at, found_after = EXCLUDED.found_after,
        received_after = EXCLUDED.received_after, last_out_at = EXCLUDED.last_out_at,
        mass = EXCLUDED.mass, scored_at = NULL, xid = pg_current_xact_id()
), news AS (
    SELECT f.sku_id, f.location_id, t.first_at,
           coalesce(sum(f.units) FILTER (
               WHERE f.part IN ('out', 'picked') AND f.at >= coalesce(e.counted_at, '-infinity')
           ), 0)::int AS sold,
           coalesce(sum(f.units) FILTER (
               WHERE f.part = 'in' AND f.at >= coalesce(e.counted_at, '-infinity')
           ), 0)::int AS received,
           count(*) FILTER (
               WHERE f.part = 'picked' AND f.at >= coalesce(e.counted_at, '-infinity')
           )::int AS found,
           count(*) FILTER (WHERE f.part = 'picked' AND f.at > e.missed_at)::int AS found_after,
           coalesce(sum(f.units) FILTER (
               WHERE f.part = 'in' AND f.at > e.missed_at
           ), 0)::int AS received_after,
           max(f.at) FILTER (WHERE f.part IN ('out', 'picked')) AS last_out_at,
           coalesce(sum(f.units * exp(greatest(
               -extract(epoch FROM greatest(e.last_out_at, latest.at) - f.at)
               / ({memory_days} * 86400), -600)))
               FILTER (WHERE f.part IN ('out', 'picked')), 0)::float8 AS mass
    FROM fresh f
    JOIN touched t USING (sku_id, location_id)
    JOIN accuracy_evidence e USING (sku_id, location_id)
    LEFT JOIN (
        SELECT sku_id, location_id, max(at) AS at
        FROM fresh
        WHERE part IN ('out', 'picked')
        GROUP BY sku_id, location_id
    ) AS latest USING (sku_id, location_id)
    WHERE NOT t.anew
    GROUP BY f.sku_id, f.location_id, t.first_at
), added AS (
    UPDATE accuracy_evidence e
    SET first_at = least(e.first_at, n.first_at),
        sold = e.sold + n.sold,
        received = e.received + n.received,
        found = e.found + n.found,
        found_after = e.found_after + n.found_after,
        received_after = e.received_after + n.received_after,
        last_out_at = greatest(e.last_out_at, n.last_out_at),
        mass = n.mass + e.mass * coalesce(exp(greatest(
            -extract(epoch FROM greatest(e.last_out_at, n.last_out_at) - e.last_out_at)
            / ({memory_days} * 86400), -600)), 1)::float8,
        scored_at = NULL,
        xid = pg_current_xact_id()
    FROM news n
    WHERE e.sku_id = n.sku_id AND e.location_id = n.location_id
)
SELECT pg_current_snapshot()::text, count(*)::int, coalesce(sum(looks), 0)::int FROM touched

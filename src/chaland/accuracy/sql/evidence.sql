-- What the ledger tells of positions, worked out from all of their lines: those of `{ledger}`, called m.
-- Each line plays one part: a count, units out (perhaps found by a picker), units in, a miss, or none.
line AS (
    SELECT m.sku_id, m.location_id, m.occurred_at AS at,
           {part} AS part,
           abs(m.on_hand_delta) AS units
    FROM {ledger}
    WHERE m.on_hand_delta <> 0 OR m.unavailable_delta <> 0 OR m.kind = 'count'
), anchored AS (
    SELECT *,
           min(at) OVER position AS first_at,
           max(at) FILTER (WHERE part = 'count') OVER position AS counted_at,
           max(at) FILTER (WHERE part IN ('out', 'picked')) OVER position AS last_out_at
    FROM line
    WINDOW position AS (PARTITION BY sku_id, location_id)
), told AS (
    SELECT *,
           at >= coalesce(counted_at, first_at) AS since,
           max(at) FILTER (WHERE part = 'missed' AND at >= coalesce(counted_at, first_at))
               OVER (PARTITION BY sku_id, location_id) AS missed_at
    FROM anchored
), evidence AS (
    SELECT sku_id, location_id, min(first_at) AS first_at, max(counted_at) AS counted_at,
           coalesce(sum(units) FILTER (WHERE since AND part IN ('out', 'picked')), 0)::int AS sold,
           coalesce(sum(units) FILTER (WHERE since AND part = 'in'), 0)::int AS received,
           count(*) FILTER (WHERE since AND part = 'missed')::int AS missed,
           count(*) FILTER (WHERE since AND part = 'picked')::int AS found,
           max(missed_at) AS missed_at,
           count(*) FILTER (WHERE at > missed_at AND part = 'picked')::int AS found_after,
           coalesce(sum(units) FILTER (WHERE at > missed_at AND part = 'in'), 0)::int AS received_after,
           max(last_out_at) AS last_out_at,
           coalesce(sum(units * exp(greatest(
               -extract(epoch FROM last_out_at - at) / ({memory_days} * 86400), -600)))
               FILTER (WHERE part IN ('out', 'picked')), 0)::float8 AS mass
    FROM told
    GROUP BY sku_id, location_id
    HAVING bool_or(part <> '')
)

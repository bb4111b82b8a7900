-- Chances that were written since a snapshot, of SKUs that are kept, and all of those of SKUs that are not
-- yet; in millionths. A row has one value, so reading it twice does no harm: the older half of what the
-- snapshot showed is read again rather than worked out exactly.
WITH change AS (
    SELECT count(*) AS lines,
           array_send(array_agg(sku_id::int4)) AS sku,
           array_send(array_agg(location_id::int4)) AS location,
           array_send(array_agg(round(pickable * 1000000)::int4)) AS chance
    FROM (
        SELECT sku_id, location_id, pickable
        FROM accuracy_evidence
        WHERE xid >= pg_snapshot_xmin(%(seen)s::pg_snapshot) AND pickable IS NOT NULL
        LIMIT %(most)s::int + 1
    ) AS new
), whole AS (
    SELECT array_send(array_agg(sku_id::int4)) AS sku,
           array_send(array_agg(location_id::int4)) AS location,
           array_send(array_agg(round(pickable * 1000000)::int4)) AS chance
    FROM accuracy_evidence
    WHERE sku_id = ANY (%(missing)s::int[]) AND pickable IS NOT NULL
)
SELECT pg_current_snapshot()::text, change.lines, change.sku, change.location, change.chance,
       whole.sku, whole.location, whole.chance
FROM change, whole

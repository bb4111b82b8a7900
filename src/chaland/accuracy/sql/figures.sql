-- Accuracy by three definitions, and what drift cost, of the counts of a time, in groups.
-- A full snapshot of another system tells the ledger only where it differs (the rest is confirmed in bulk):
-- its sources say nothing of the share of true records, so they are left out unless one is asked for.
WITH chosen AS MATERIALIZED (
    SELECT c.*, s.category, l.code AS location, l.kind AS location_kind
    FROM accuracy_counted c
    JOIN catalog_sku s ON s.id = c.sku_id
    JOIN network_location l ON l.id = c.location_id
    WHERE c.counted_at >= %(since)s AND c.counted_at < %(until)s
      AND (%(locations)s::int[] IS NULL OR c.location_id = ANY (%(locations)s::int[]))
      AND (%(category)s::text IS NULL OR s.category = %(category)s::text)
      AND CASE WHEN %(source)s::text IS NULL
               THEN c.source <> ALL (ARRAY(SELECT DISTINCT source FROM inventory_confirmation))
               ELSE c.source = %(source)s::text END
), tolerance AS MATERIALIZED (
    SELECT p.location_id, p.category,
           coalesce((
               SELECT q.tolerance_units FROM accuracy_policy q
               WHERE q.tolerance_units IS NOT NULL AND q.category IN ('', p.category)
                 AND coalesce(q.location_id = p.location_id, true)
                 AND coalesce(q.location_kind = p.location_kind, true)
               ORDER BY 4 * (q.location_id IS NOT NULL)::int + 2 * (q.category <> '')::int
                        + (q.location_kind IS NOT NULL)::int DESC
               LIMIT 1
           ), %(default_units)s::int) AS units,
           coalesce((
               SELECT q.tolerance_percent FROM accuracy_policy q
               WHERE q.tolerance_percent IS NOT NULL AND q.category IN ('', p.category)
                 AND coalesce(q.location_id = p.location_id, true)
                 AND coalesce(q.location_kind = p.location_kind, true)
               ORDER BY 4 * (q.location_id IS NOT NULL)::int + 2 * (q.category <> '')::int
                        + (q.location_kind IS NOT NULL)::int DESC
               LIMIT 1
           ), %(default_percent)s::numeric) AS percent
    FROM (SELECT DISTINCT location_id, location_kind, category FROM chosen) AS p
), judged AS (
    SELECT c.*, c.counted - c.record AS difference,
           abs(c.counted - c.record) <= t.units
               OR abs(c.counted - c.record) * 100 <= t.percent * c.record AS within
    FROM chosen c
    JOIN tolerance t ON t.location_id = c.location_id AND t.category = c.category
)
SELECT CASE %(by)s::text
           WHEN 'location' THEN location
           WHEN 'category' THEN category
           WHEN 'source' THEN source
           WHEN 'reason' THEN CASE WHEN reason = '' THEN 'unknown' ELSE reason END
           WHEN 'week' THEN to_char(counted_at AT TIME ZONE %(time_zone)s, 'IYYY"-W"IW')
           ELSE ''
       END AS "group",
       count(*)::int AS counts,
       avg((difference = 0)::int)::float8 AS exact,
       avg(within::int)::float8 AS within,
       (sum(abs(difference)) / nullif(sum(counted), 0)::float8)::float8 AS wape,
       sum(record)::int AS record_units,
       sum(counted)::int AS counted_units,
       coalesce(-sum(difference) FILTER (WHERE difference < 0), 0)::int AS lost_units,
       coalesce(sum(difference) FILTER (WHERE difference > 0), 0)::int AS found_units,
       coalesce(-sum(difference * unit_cost) FILTER (WHERE difference < 0), 0) AS lost_money,
       coalesce(sum(difference * unit_cost) FILTER (WHERE difference > 0), 0) AS found_money,
       coalesce(sum(abs(difference)) FILTER (WHERE unit_cost IS NULL), 0)::int AS unknown_cost_units
FROM judged
WHERE %(by)s::text <> 'reason' OR difference <> 0
GROUP BY 1

-- Promises that fell due, kept or not, by level, week, channel, site, carrier and lane at once.
WITH due AS (
    SELECT floor(confidence * 20) / 20 AS level,
           to_char(promised_latest AT TIME ZONE 'UTC', 'IYYY-"W"IW') AS week,
           channel,
           site,
           carrier,
           CASE WHEN method = 'ship' THEN origin || ' → ' || destination ELSE '' END AS lane,
           confidence,
           coalesce(done_at <= promised_latest, false) AS kept
      FROM promise_observation
     WHERE promised_latest < %(until)s
       AND promised_latest >= %(since)s
       AND ordered_at >= %(ordered)s
       AND confidence IS NOT NULL
       AND (%(channel)s = '' OR channel = %(channel)s)
       AND (%(basis)s = '' OR basis = %(basis)s)
       AND (%(sites)s::text[] IS NULL OR site = ANY(%(sites)s))
)
SELECT CASE
           WHEN grouping(level) = 0 THEN 'level'
           WHEN grouping(week) = 0 THEN 'week'
           WHEN grouping(channel) = 0 THEN 'channel'
           WHEN grouping(site) = 0 THEN 'site'
           WHEN grouping(carrier) = 0 THEN 'carrier'
           WHEN grouping(lane) = 0 THEN 'lane'
           ELSE 'whole'
       END,
       coalesce(level::text, week, channel, site, carrier, lane, ''),
       count(*)::int,
       (count(*) FILTER (WHERE kept))::int,
       avg(confidence)::float
  FROM due
 GROUP BY GROUPING SETS ((), (level), (week), (channel), (site), (carrier), (lane))
HAVING count(*) > 0

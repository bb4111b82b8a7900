-- What the last seven days of each feed were like, and what waits in quarantine.
SELECT f.id,
       coalesce(week.lines, 0)::bigint AS lines,
       coalesce(week.drift, 0)::bigint AS drift,
       week.seconds,
       (SELECT coalesce(jsonb_object_agg(q.reason, q.lines), '{}')
        FROM (
            SELECT reason, count(*) AS lines
            FROM feeds_quarantinedline
            WHERE feed_id = f.id AND state = 'open'
            GROUP BY reason
        ) AS q) AS quarantined
FROM feeds_feed f
LEFT JOIN LATERAL (
    SELECT sum(r.lines_read) AS lines, sum(r.units_in + r.units_out) AS drift,
           extract(epoch FROM sum(r.ended_at - r.started_at)) AS seconds
    FROM feeds_run r
    WHERE r.feed_id = f.id AND r.created_at > %(since)s AND r.kind <> 'compare'
) AS week ON true
WHERE f.id = ANY (%(feeds)s::int[])

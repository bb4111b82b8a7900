-- What a location holds, with what is known of it, but for what is on the list of a count already.
SELECT p.sku_id, p.location_id, s.category,
       greatest(p.on_hand - p.unavailable, 0) AS quantity,
       e.counted_at IS NOT NULL AS counted,
       extract(epoch FROM %(now)s::timestamptz - coalesce(e.counted_at, e.first_at, p.updated_at))::float8
           / 86400 AS age,
       coalesce(e.sold, 0) AS sold, coalesce(e.received, 0) AS received,
       coalesce(e.missed, 0) AS missed,
       coalesce(extract(epoch FROM %(now)s::timestamptz - e.missed_at), 0)::float8 / 86400 AS missed_age,
       coalesce(e.found, 0) AS found,
       coalesce(e.found_after, 0) AS found_after, coalesce(e.received_after, 0) AS received_after,
       coalesce(e.mass * exp(greatest(
           -extract(epoch FROM %(now)s::timestamptz - coalesce(e.last_out_at, e.first_at))
           / ({memory_days} * 86400), -600)), 0)::float8 AS mass,
       extract(epoch FROM %(now)s::timestamptz - coalesce(e.first_at, p.updated_at))::float8 / 86400
           AS known_days,
       extract(epoch FROM %(now)s::timestamptz - coalesce(e.last_out_at, e.first_at, p.updated_at))::float8
           / 86400 AS quiet,
       s.unit_cost, s.code AS sku
FROM inventory_position p
JOIN catalog_sku s ON s.id = p.sku_id
LEFT JOIN accuracy_evidence e ON e.sku_id = p.sku_id AND e.location_id = p.location_id
WHERE p.location_id = %(location)s::int AND p.on_hand - p.unavailable > 0
  AND NOT EXISTS (
      SELECT FROM accuracy_count c
      JOIN accuracy_count_line l ON l.count_id = c.id
      WHERE c.location_id = p.location_id AND l.sku_id = p.sku_id
        AND c.state IN ('open', 'counting', 'submitted')
        AND l.state IN ('to_count', 'counted', 'recount', 'pending')
  )

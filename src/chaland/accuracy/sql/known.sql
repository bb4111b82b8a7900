-- What is known of some positions now, for the chance to find a unit there; `{positions}` are rows of
-- evidence. Ages are in days.
SELECT e.sku_id, e.location_id, s.category,
       greatest(coalesce(p.on_hand - p.unavailable, 0), 0) AS quantity,
       e.counted_at IS NOT NULL AS counted,
       extract(epoch FROM %(now)s::timestamptz - coalesce(e.counted_at, e.first_at))::float8 / 86400 AS age,
       e.sold, e.received, e.missed,
       coalesce(extract(epoch FROM %(now)s::timestamptz - e.missed_at), 0)::float8 / 86400 AS missed_age,
       e.found, e.found_after, e.received_after,
       (e.mass * exp(greatest(
           -extract(epoch FROM %(now)s::timestamptz - coalesce(e.last_out_at, e.first_at))
           / ({memory_days} * 86400), -600)))::float8 AS mass,
       extract(epoch FROM %(now)s::timestamptz - e.first_at)::float8 / 86400 AS known_days,
       extract(epoch FROM %(now)s::timestamptz - coalesce(e.last_out_at, e.first_at))::float8 / 86400
           AS quiet,
       e.counted_at, e.missed_at, e.last_out_at, s.unit_cost, s.code AS sku,
       greatest(coalesce(p.on_hand - p.unavailable - p.reserved, 0), 0) AS available
FROM {positions} e
JOIN catalog_sku s ON s.id = e.sku_id
LEFT JOIN inventory_position p ON p.sku_id = e.sku_id AND p.location_id = e.location_id

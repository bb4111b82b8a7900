-- Where does a count differ from what Chaland has now, and how much of that is explained?
WITH line AS MATERIALIZED (
    SELECT line, sku_id, location_id, quantity,
           coalesce(occurred_at, %(as_of)s::timestamptz) AS as_of
    FROM {stage} AS stage
    WHERE (sku_id, location_id) > (%(sku)s::int, %(location)s::int)
      AND (sku_id, location_id) <= (%(last_sku)s::int, %(last_location)s::int)
      AND quantity IS NOT NULL
), {unknown}, beside AS MATERIALIZED (
    SELECT DISTINCT ON (c.sku_id, c.location_id)
           c.sku_id, c.location_id, c.as_of, c.line IS NOT NULL AS mentioned,
           coalesce(p.on_hand, 0) AS ours, c.quantity AS theirs,
           coalesce(u.units - u.unacknowledged, 0) AS in_flight,
           coalesce(u.unacknowledged, 0) AS unacknowledged
    FROM line c
    LEFT JOIN inventory_position p USING (sku_id, location_id)
    LEFT JOIN unknown u USING (sku_id, location_id, as_of)
    ORDER BY c.sku_id, c.location_id, c.as_of DESC, c.line
)
SELECT sku_id, location_id, as_of, mentioned, ours, theirs, in_flight, unacknowledged,
       theirs + in_flight + unacknowledged - ours AS unexplained
FROM beside
WHERE ours <> theirs OR in_flight + unacknowledged <> 0
ORDER BY sku_id, location_id

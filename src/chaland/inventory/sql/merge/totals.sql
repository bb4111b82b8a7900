-- How much both sides have in a chunk, and at how many positions.
SELECT count(*), coalesce(sum(p.on_hand), 0)::bigint, coalesce(sum(s.quantity), 0)::bigint
FROM {stage} s
LEFT JOIN inventory_position p USING (sku_id, location_id)
WHERE (s.sku_id, s.location_id) > (%(sku)s::int, %(location)s::int)
  AND (s.sku_id, s.location_id) <= (%(last_sku)s::int, %(last_location)s::int)
  AND s.quantity IS NOT NULL

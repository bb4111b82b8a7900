-- Up to which moment does a count hold what happened at these positions? A position's own mark says so,
-- and the confirmations of counts that found nothing to change.
SELECT asked.sku_id, asked.location_id, greatest(p.counted_as_of, confirmed.as_of) AS counted_as_of
FROM unnest(%(sku)s::int[], %(location)s::int[]) AS asked (sku_id, location_id)
LEFT JOIN inventory_position p USING (sku_id, location_id)
LEFT JOIN LATERAL (
    SELECT max(f.as_of) AS as_of
    FROM inventory_confirmation f
    WHERE f.sku_id = asked.sku_id AND asked.location_id = ANY (f.location_ids)
) AS confirmed ON true
WHERE p.counted_as_of IS NOT NULL OR confirmed.as_of IS NOT NULL

-- Which of these receipts have been written already, and of how many units?
SELECT m.source, m.source_ref, m.sku_id, m.location_id, m.on_hand_delta, m.cause_id
FROM unnest(
    %(source)s::text[], %(source_ref)s::text[], %(sku)s::int[], %(location)s::int[]
) AS asked (source, source_ref, sku_id, location_id)
JOIN inventory_movement m USING (source, source_ref, sku_id, location_id)
WHERE m.source_ref IS NOT NULL

-- Which of these messages have already changed these positions, and how?
SELECT m.source, m.source_ref, m.sku_id, m.location_id, m.kind, m.on_hand_delta,
       m.unavailable_delta, m.incoming_delta, m.counted, m.status
FROM unnest(
    %(source)s::text[], %(source_ref)s::text[], %(sku)s::int[], %(location)s::int[]
) AS asked (source, source_ref, sku_id, location_id)
JOIN inventory_movement m USING (source, source_ref, sku_id, location_id)
WHERE m.source_ref IS NOT NULL

-- The stock of a SKU as it was at a moment: the sum of what had happened by then.
SELECT m.location_id, sum(m.on_hand_delta)::int, sum(m.reserved_delta)::int,
       sum(m.unavailable_delta)::int, sum(m.incoming_delta)::int
FROM inventory_movement m
WHERE m.sku_id = %(sku)s
  AND (%(locations)s::int[] IS NULL OR m.location_id = ANY (%(locations)s::int[]))
  AND m.occurred_at <= %(moment)s
GROUP BY m.location_id

-- Which orders got units of a lot: the ledger's issues that name it.
SELECT r.order_id, m.cause_id, l.code AS location, m.lot, NULL AS serial,
       -sum(m.on_hand_delta)::int AS units, false AS presumed, max(m.occurred_at) AS left_at
FROM inventory_movement m
JOIN network_location l ON l.id = m.location_id
LEFT JOIN inventory_reservation r ON r.id = m.reservation_id
WHERE m.sku_id = %(sku)s AND m.lot = %(lot)s AND m.lot IS NOT NULL AND m.kind = 'issue'
  AND (%(locations)s::int[] IS NULL OR m.location_id = ANY (%(locations)s::int[]))
GROUP BY r.order_id, m.cause_id, l.code, m.lot
ORDER BY max(m.occurred_at), m.cause_id

-- A page of the ledger, the latest lines first; a filter that is NULL lets everything through.
SELECT m.id, s.code AS sku, l.code AS location, m.kind,
       m.on_hand_delta, m.reserved_delta, m.unavailable_delta, m.incoming_delta,
       m.counted, m.lot, m.status, m.reservation_id, m.cause_type, m.cause_id, m.source, m.source_ref,
       m.occurred_at, m.recorded_at, m.actor_kind, m.actor_id, m.reason
FROM inventory_movement m
JOIN catalog_sku s ON s.id = m.sku_id
JOIN network_location l ON l.id = m.location_id
WHERE (%(sku)s::int IS NULL OR m.sku_id = %(sku)s::int)
  AND (%(locations)s::int[] IS NULL OR m.location_id = ANY (%(locations)s::int[]))
  AND (%(cause)s::text IS NULL OR (m.cause_id = %(cause)s::text AND m.cause_id <> ''))
  AND (%(before)s::bigint IS NULL OR m.id < %(before)s::bigint)
ORDER BY m.id DESC
LIMIT %(limit)s

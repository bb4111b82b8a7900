-- A page of supply lines, the latest announced first; a filter that is NULL lets everything through.
SELECT v.id, v.kind, v.source, v.reference, v.line, v.sku_id, v.destination_id, v.origin_id,
       s.code AS sku, d.code AS destination, o.code AS origin, g.code AS supplier,
       v.quantity, v.received, v.damaged, v.cancelled, v.lost,
       greatest(v.quantity - v.received - v.cancelled - v.lost, 0) AS open,
       v.state, v.expected_at, v.dispatched_at, v.closed_at,
       v.closed_at IS NULL AND v.expected_at < %(now)s AS late, v.version
FROM inventory_supply v
JOIN catalog_sku s ON s.id = v.sku_id
JOIN network_location d ON d.id = v.destination_id
LEFT JOIN network_location o ON o.id = v.origin_id
LEFT JOIN network_organisation g ON g.id = v.supplier_id
WHERE (%(id)s::uuid[] IS NULL OR v.id = ANY (%(id)s::uuid[]))
  AND (%(skus)s::int[] IS NULL OR v.sku_id = ANY (%(skus)s::int[]))
  AND (%(places)s::int[] IS NULL
       OR v.destination_id = ANY (%(places)s::int[]) OR v.origin_id = ANY (%(places)s::int[]))
  AND (%(destination)s::int IS NULL OR v.destination_id = %(destination)s::int)
  AND (%(origin)s::int IS NULL OR v.origin_id = %(origin)s::int)
  AND (%(kind)s::text IS NULL OR v.kind = %(kind)s::text)
  AND (%(state)s::text[] IS NULL OR v.state = ANY (%(state)s::text[]))
  AND (%(reference)s::text IS NULL OR v.reference = %(reference)s::text)
  AND (%(late)s::bool IS NULL
       OR (v.closed_at IS NULL AND v.expected_at < %(now)s) = %(late)s::bool)
  AND (%(before)s::uuid IS NULL OR v.id < %(before)s::uuid)
ORDER BY v.id DESC
LIMIT %(limit)s

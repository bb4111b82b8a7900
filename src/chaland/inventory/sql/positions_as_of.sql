-- A page of positions as they were at a moment, as far as that was known at another: the sum of the
-- ledger's lines until then. One walk along the ledger's own index a position, so a page costs its
-- positions' history and nothing else. A filter that is NULL lets everything through.
SELECT p.sku_id, p.location_id, s.code AS sku, l.code AS location, sums.*
FROM inventory_position p
JOIN catalog_sku s ON s.id = p.sku_id
JOIN network_location l ON l.id = p.location_id
CROSS JOIN LATERAL (
    SELECT sum(m.on_hand_delta)::int AS on_hand,
           sum(m.reserved_delta)::int AS reserved,
           coalesce(sum(m.reserved_delta) FILTER (WHERE m.kind IN ('hold', 'hold_release')), 0)::int AS held,
           sum(m.unavailable_delta)::int AS unavailable,
           sum(m.incoming_delta)::int AS incoming,
           coalesce(sum(m.unavailable_delta) FILTER (WHERE m.status = 'damaged'), 0)::int AS damaged,
           coalesce(sum(m.unavailable_delta) FILTER (WHERE m.status = 'display'), 0)::int AS display,
           coalesce(sum(m.unavailable_delta) FILTER (WHERE m.status = 'quarantine'), 0)::int AS quarantine,
           coalesce(sum(m.unavailable_delta) FILTER (WHERE m.status = 'missing'), 0)::int AS missing,
           coalesce(sum(m.unavailable_delta) FILTER (WHERE m.status = 'counting'), 0)::int AS counting,
           coalesce(sum(m.unavailable_delta) FILTER (WHERE m.status = 'expired'), 0)::int AS expired
    FROM inventory_movement m
    WHERE m.sku_id = p.sku_id AND m.location_id = p.location_id
      AND m.occurred_at <= %(moment)s
      AND (%(known_at)s::timestamptz IS NULL OR m.recorded_at <= %(known_at)s::timestamptz)
    HAVING count(*) > 0
) AS sums
WHERE (%(skus)s::int[] IS NULL OR p.sku_id = ANY (%(skus)s::int[]))
  AND (%(locations)s::int[] IS NULL OR p.location_id = ANY (%(locations)s::int[]))
  AND (%(after_sku)s::int IS NULL
       OR (p.sku_id, p.location_id) > (%(after_sku)s::int, %(after_location)s::int))
ORDER BY p.sku_id, p.location_id
LIMIT %(limit)s

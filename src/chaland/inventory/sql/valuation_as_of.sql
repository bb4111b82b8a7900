-- What was on hand at each location at a moment, in units and at today's cost of a unit: one pass over
-- the ledger, in memory of as many positions as there are.
SELECT l.code AS location, sum(held.on_hand)::bigint AS units,
       sum(held.on_hand * coalesce(s.unit_cost, 0)) AS value,
       coalesce(sum(held.on_hand) FILTER (WHERE s.unit_cost IS NULL), 0)::bigint AS units_without_cost
FROM (
    SELECT m.sku_id, m.location_id, sum(m.on_hand_delta) AS on_hand
    FROM inventory_movement m
    WHERE m.on_hand_delta <> 0 AND m.occurred_at <= %(moment)s
      AND (%(known_at)s::timestamptz IS NULL OR m.recorded_at <= %(known_at)s::timestamptz)
      AND (%(locations)s::int[] IS NULL OR m.location_id = ANY (%(locations)s::int[]))
    GROUP BY m.sku_id, m.location_id
) AS held
JOIN catalog_sku s ON s.id = held.sku_id
JOIN network_location l ON l.id = held.location_id
GROUP BY l.code
ORDER BY l.code

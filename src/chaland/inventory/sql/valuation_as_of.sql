-- What was on hand at each location at a moment, in units and at today's cost of a unit: what is there
-- now, less what came since (or was not known then). The ledger's lines after the moment that moved goods
-- are found by their own index, so a month end costs the movements since, however long the history is.
WITH since AS MATERIALIZED (
    SELECT m.sku_id, m.location_id, sum(m.on_hand_delta) AS units
    FROM inventory_movement m
    WHERE m.on_hand_delta <> 0
      AND (m.occurred_at > %(moment)s::timestamptz
           OR (%(known_at)s::timestamptz IS NOT NULL AND m.recorded_at > %(known_at)s::timestamptz))
      AND (%(locations)s::int[] IS NULL OR m.location_id = ANY (%(locations)s::int[]))
    GROUP BY m.sku_id, m.location_id
)
SELECT l.code AS location, sum(held.on_hand)::bigint AS units,
       sum(held.on_hand * coalesce(s.unit_cost, 0)) AS value,
       coalesce(sum(held.on_hand) FILTER (WHERE s.unit_cost IS NULL), 0)::bigint AS units_without_cost
FROM (
    SELECT p.sku_id, p.location_id, p.on_hand - coalesce(since.units, 0) AS on_hand
    FROM inventory_position p
    LEFT JOIN since USING (sku_id, location_id)
    WHERE %(locations)s::int[] IS NULL OR p.location_id = ANY (%(locations)s::int[])
) AS held
JOIN catalog_sku s ON s.id = held.sku_id
JOIN network_location l ON l.id = held.location_id
WHERE held.on_hand <> 0
GROUP BY l.code
ORDER BY l.code

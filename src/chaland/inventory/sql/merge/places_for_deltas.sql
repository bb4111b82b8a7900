-- Make positions for a chunk of differences where something comes that nobody told before, and lock all.
WITH line AS (
    SELECT sku_id, location_id, bool_or(quantity > 0) AS comes
    FROM {stage} AS stage
    WHERE (sku_id, location_id) > (%(sku)s::int, %(location)s::int)
      AND (sku_id, location_id) <= (%(last_sku)s::int, %(last_location)s::int)
      AND quantity IS NOT NULL
    GROUP BY sku_id, location_id
)
INSERT INTO inventory_position
    (sku_id, location_id, on_hand, reserved, unavailable, incoming, version, updated_at)
SELECT sku_id, location_id, 0, 0, 0, 0, 1, %(now)s
FROM line
WHERE comes AND NOT EXISTS (
    SELECT FROM inventory_position p
    WHERE p.sku_id = line.sku_id AND p.location_id = line.location_id
)
ORDER BY sku_id, location_id
ON CONFLICT DO NOTHING
RETURNING sku_id, location_id

-- Make empty positions where there are none, in lock order.
INSERT INTO inventory_position
    (sku_id, location_id, on_hand, reserved, unavailable, incoming, version, updated_at)
SELECT sku_id, location_id, 0, 0, 0, 0, 1, %(now)s
FROM unnest(%(sku)s::int[], %(location)s::int[]) AS wanted (sku_id, location_id)
ORDER BY sku_id, location_id
ON CONFLICT DO NOTHING

-- What is available of these SKUs, where anything is, as three parallel arrays.
SELECT array_agg(sku_id), array_agg(location_id), array_agg(on_hand - unavailable - reserved)
FROM inventory_position
WHERE sku_id = ANY (%(skus)s::int[]) AND on_hand - unavailable - reserved > 0

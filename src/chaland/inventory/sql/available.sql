-- What is available of these SKUs, where they ever were, as three parallel arrays.
SELECT array_send(array_agg(sku_id)),
       array_send(array_agg(location_id)),
       array_send(array_agg(on_hand - unavailable - reserved))
FROM inventory_position
WHERE sku_id = ANY (%(skus)s::int[])

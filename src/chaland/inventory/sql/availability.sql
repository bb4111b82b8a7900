-- All sellable units of some SKUs, as three parallel arrays in PostgreSQL's own binary format.
SELECT array_send(array_agg(sku_id::int4)),
       array_send(array_agg(location_id::int4)),
       array_send(array_agg(on_hand - unavailable - reserved))
FROM inventory_position
WHERE sku_id = ANY (%(sku)s::int[]) AND on_hand - unavailable - reserved > 0

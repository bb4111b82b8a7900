-- Write where units with a serial are now.
INSERT INTO inventory_serial
    (sku_id, serial, location_id, state, cause_id, order_id, presumed, changed_at)
SELECT sku_id, serial, location_id, state, cause_id, order_id, presumed, %(now)s
FROM unnest(
    %(sku)s::int[], %(serial)s::text[], %(location)s::int[], %(state)s::text[],
    %(cause)s::text[], %(order)s::uuid[], %(presumed)s::bool[]
) AS s (sku_id, serial, location_id, state, cause_id, order_id, presumed)
ON CONFLICT (sku_id, serial) DO UPDATE
SET location_id = excluded.location_id, state = excluded.state, cause_id = excluded.cause_id,
    order_id = excluded.order_id, presumed = excluded.presumed, changed_at = excluded.changed_at

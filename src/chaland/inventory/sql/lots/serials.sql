-- What is known of these serials.
SELECT sku_id, serial, location_id, state, cause_id, order_id, presumed
FROM unnest(%(sku)s::int[], %(serial)s::text[]) AS asked (sku_id, serial)
JOIN inventory_serial USING (sku_id, serial)

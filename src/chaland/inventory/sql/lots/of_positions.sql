-- The lots of these positions, which the caller has locked: who changes a lot locks its position first.
SELECT sku_id, location_id, lot, expires_on, on_hand, expired
FROM unnest(%(sku)s::int[], %(location)s::int[]) AS asked (sku_id, location_id)
JOIN inventory_lot USING (sku_id, location_id)

-- When a lot expires was told for the first time: it counts wherever the lot lies.
UPDATE inventory_lot v
SET expires_on = t.expires_on
FROM unnest(%(sku)s::int[], %(lot)s::text[], %(expires_on)s::date[]) AS t (sku_id, lot, expires_on)
WHERE v.sku_id = t.sku_id AND v.lot = t.lot AND v.expires_on IS NULL

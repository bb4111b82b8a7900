-- When do these lots expire, as told at any location?
SELECT DISTINCT ON (v.sku_id, v.lot) v.sku_id, v.lot, v.expires_on
FROM unnest(%(sku)s::int[], %(lot)s::text[]) AS asked (sku_id, lot)
JOIN inventory_lot v USING (sku_id, lot)
WHERE v.expires_on IS NOT NULL

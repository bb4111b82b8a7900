-- Where do these lots lie, or have they lain?
SELECT v.sku_id, v.location_id, v.lot
FROM unnest(%(sku)s::int[], %(lot)s::text[]) AS asked (sku_id, lot)
JOIN inventory_lot v USING (sku_id, lot)

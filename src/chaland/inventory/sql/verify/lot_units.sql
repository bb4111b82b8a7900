-- Lots (or serials) of a followed SKU hold no more than is on hand there; the rest is of none that is known.
SELECT jsonb_build_object('sku_id', sku_id, 'location_id', location_id),
       format('at most %s unit(s)', coalesce(p.on_hand, 0)),
       format('%s in lots, %s by serial', coalesce(l.units, 0), coalesce(s.units, 0))
FROM (
    SELECT sku_id, location_id, sum(on_hand) AS units
    FROM inventory_lot
    GROUP BY sku_id, location_id
) AS l
FULL JOIN (
    SELECT sku_id, location_id, count(*) AS units
    FROM inventory_serial
    WHERE state IN ('in_stock', 'unavailable')
    GROUP BY sku_id, location_id
) AS s USING (sku_id, location_id)
JOIN catalog_sku k ON k.id = sku_id
LEFT JOIN inventory_position p USING (sku_id, location_id)
WHERE CASE k.tracking WHEN 'lot' THEN l.units WHEN 'serial' THEN s.units END > coalesce(p.on_hand, 0)

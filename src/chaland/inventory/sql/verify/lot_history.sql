-- A lot at a location is the sum of the ledger's lines that name it.
SELECT jsonb_build_object('sku_id', sku_id, 'location_id', location_id, 'lot', lot),
       format('%s unit(s)', coalesce(m.units, 0)),
       format('%s unit(s), %s of them expired', coalesce(v.on_hand, 0), coalesce(v.expired, 0))
FROM inventory_lot v
FULL JOIN (
    SELECT sku_id, location_id, lot, sum(on_hand_delta) AS units
    FROM inventory_movement
    WHERE lot IS NOT NULL
    GROUP BY sku_id, location_id, lot
) AS m USING (sku_id, location_id, lot)
WHERE coalesce(v.on_hand, 0) IS DISTINCT FROM coalesce(m.units, 0)

-- The ledger tells the life of each hold: what is open is what was held and not let go; of a closed
-- hold, whose row may be gone, nothing is left.
SELECT jsonb_build_object('basket_id', coalesce(h.basket_id, m.basket_id),
                          'sku_id', coalesce(h.sku_id, m.sku_id),
                          'location_id', coalesce(h.location_id, m.location_id)),
       format('%s held by the ledger', coalesce(m.units, 0)),
       format('%s held, closed %s', h.quantity, h.closed_at)
FROM inventory_hold h
FULL JOIN (
    SELECT reservation_id AS basket_id, sku_id, location_id, sum(reserved_delta) AS units
    FROM inventory_movement
    WHERE kind IN ('hold', 'hold_release')
    GROUP BY reservation_id, sku_id, location_id
) AS m ON (m.basket_id, m.sku_id, m.location_id) = (h.basket_id, h.sku_id, h.location_id)
WHERE coalesce(m.units, 0) <> CASE WHEN h.closed_at IS NULL THEN coalesce(h.quantity, 0) ELSE 0 END
   OR (h.basket_id IS NOT NULL AND m.basket_id IS NULL)

-- Units of a lot that left with a transfer and have not arrived; some may be lost.
SELECT m.cause_id, -sum(m.on_hand_delta)::int
FROM inventory_movement m
WHERE m.sku_id = %(sku)s AND m.lot = %(lot)s AND m.lot IS NOT NULL
  AND m.kind IN ('transfer_out', 'transfer_in')
GROUP BY m.cause_id
HAVING sum(m.on_hand_delta) < 0
ORDER BY m.cause_id

-- What a full count says nothing of, at the locations that it speaks of, is not there: count it as 0.
-- Lines that could not be used mention their position all the same; such have no quantity.
INSERT INTO {stage} (line, sku_id, location_id, quantity)
SELECT NULL, p.sku_id, p.location_id, 0
FROM inventory_position p
WHERE p.location_id IN (SELECT DISTINCT location_id FROM {stage})
  AND p.on_hand > 0
  AND NOT EXISTS (
      SELECT FROM {stage} s WHERE s.sku_id = p.sku_id AND s.location_id = p.location_id
  )

-- Take back positions that were made and then not needed: each lives by a line of the ledger.
DELETE FROM inventory_position p
USING unnest(%(sku)s::int[], %(location)s::int[]) AS made (sku_id, location_id)
WHERE p.sku_id = made.sku_id AND p.location_id = made.location_id
  AND NOT EXISTS (
      SELECT FROM inventory_movement m
      WHERE m.sku_id = p.sku_id AND m.location_id = p.location_id
  )

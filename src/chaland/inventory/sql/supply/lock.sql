-- Lock supply lines, after the positions that they touch, in the order that every writer keeps.
SELECT id, kind, source, reference, line, sku_id, destination_id, origin_id, supplier_id,
       quantity, received, damaged, cancelled, lost, expected_at, dispatched_at
FROM inventory_supply
WHERE id = ANY (%(id)s::uuid[])
ORDER BY id
FOR NO KEY UPDATE

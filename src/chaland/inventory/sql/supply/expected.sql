-- What open supply will bring to these locations until a moment, the earliest first.
SELECT id, kind, sku_id, destination_id, quantity - received - cancelled - lost, expected_at
FROM inventory_supply
WHERE closed_at IS NULL AND state <> 'planned'
  AND sku_id = ANY (%(skus)s::int[])
  AND (%(locations)s::int[] IS NULL OR destination_id = ANY (%(locations)s::int[]))
  AND expected_at <= %(until)s
ORDER BY sku_id, destination_id, expected_at, id

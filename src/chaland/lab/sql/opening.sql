-- What could be promised of each position when the period began: the sum of its ledger until then.
SELECT sku_id, location_id, sum(on_hand_delta - unavailable_delta - reserved_delta)::int AS available
FROM inventory_movement
WHERE sku_id = ANY (%(skus)s::int[]) AND occurred_at < %(starts_at)s
GROUP BY sku_id, location_id
HAVING sum(on_hand_delta - unavailable_delta - reserved_delta) > 0
ORDER BY sku_id, location_id

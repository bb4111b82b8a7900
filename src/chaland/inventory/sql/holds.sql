-- Everything that was ever kept for these baskets.
SELECT basket_id, sku_id, location_id, channel_id, quantity, reference, organisation_ids, ttl_seconds,
       created_at, expires_at, closed_at, outcome, order_id
FROM inventory_hold
WHERE basket_id = ANY (%(baskets)s::uuid[])
ORDER BY basket_id, sku_id, location_id

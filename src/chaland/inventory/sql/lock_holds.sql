-- Lock what is still kept for these baskets, in order, and read it as it is then.
SELECT basket_id, sku_id, location_id, channel_id, quantity, reference, organisation_ids, ttl_seconds,
       created_at, expires_at, closed_at, outcome, order_id
FROM inventory_hold
WHERE basket_id = ANY (%(baskets)s::uuid[]) AND closed_at IS NULL
ORDER BY basket_id, sku_id, location_id
FOR NO KEY UPDATE

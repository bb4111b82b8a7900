-- The quotas in force of these SKUs; NULL for all.
SELECT sku_id, location_id, channel_id, granted, used, rule
FROM inventory_quota
WHERE granted > 0 AND (%(skus)s::int[] IS NULL OR sku_id = ANY (%(skus)s::int[]))
ORDER BY sku_id, location_id, channel_id

-- No status of unavailable units is below zero.
SELECT jsonb_build_object('sku_id', sku_id, 'location_id', location_id, 'status', status),
       'at least 0',
       sum(unavailable_delta)::text
FROM inventory_movement
WHERE status IS NOT NULL
GROUP BY sku_id, location_id, status
HAVING sum(unavailable_delta) < 0

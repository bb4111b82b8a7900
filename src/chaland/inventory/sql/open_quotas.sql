-- What quotas of these channels still hold of these SKUs, as four parallel arrays.
SELECT array_send(array_agg(sku_id)),
       array_send(array_agg(location_id)),
       array_send(array_agg(channel_id)),
       array_send(array_agg(granted - used))
FROM inventory_quota
WHERE granted > used
  AND sku_id = ANY (%(skus)s::int[])
  AND channel_id = ANY (%(channels)s::int[])

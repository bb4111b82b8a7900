-- Give quotas back what customers of their channel returned, as far as it was used.
UPDATE inventory_quota q
SET used = q.used - least(q.used, s.quantity),
    refilled = q.refilled + least(q.used, s.quantity)
FROM (
    SELECT sku_id, location_id, channel_id, sum(quantity)::int AS quantity
    FROM unnest(%(sku)s::int[], %(location)s::int[], %(channel)s::int[], %(quantity)s::int[])
        AS r (sku_id, location_id, channel_id, quantity)
    GROUP BY sku_id, location_id, channel_id
) AS s
WHERE (q.sku_id, q.location_id, q.channel_id) = (s.sku_id, s.location_id, s.channel_id)

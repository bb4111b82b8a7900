-- What changed stock in the period beside the orders themselves: deliveries, counts, sales elsewhere.
-- What orders take is left out (the replay takes it anew), and so are units blocked because a picker
-- missed them: the replay finds that out by itself.
SELECT extract(epoch FROM occurred_at)::bigint AS at, sku_id, location_id,
       sum(on_hand_delta - unavailable_delta)::int AS units
FROM inventory_movement
WHERE sku_id = ANY (%(skus)s::int[])
  AND occurred_at >= %(starts_at)s AND occurred_at < %(ends_at)s
  AND kind NOT IN ('reservation', 'release', 'issue', 'hold', 'hold_release')
  AND NOT (kind = 'blocking' AND status = 'missing')
GROUP BY 1, sku_id, location_id
HAVING sum(on_hand_delta - unavailable_delta) <> 0
ORDER BY 1, sku_id, location_id

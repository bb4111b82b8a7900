-- What pickers found and missed in the period, by position: all that is known of the shelves.
SELECT sku_id, location_id,
       coalesce(sum(-on_hand_delta) FILTER (WHERE kind = 'issue'), 0)::int AS found,
       coalesce(sum(unavailable_delta)
                FILTER (WHERE kind = 'blocking' AND status = 'missing'), 0)::int AS missed
FROM inventory_movement
WHERE sku_id = ANY (%(skus)s::int[])
  AND occurred_at >= %(starts_at)s
  AND occurred_at < %(ends_at)s::timestamptz + interval '14 days'
  AND kind IN ('issue', 'blocking')
GROUP BY sku_id, location_id
ORDER BY sku_id, location_id

-- Units that moved and that the source did not know of when it counted: what happened from its moment
-- on, and what Chaland itself moved before and the source has not acknowledged.
unknown AS MATERIALIZED (
    SELECT c.sku_id, c.location_id, c.as_of,
           sum(m.on_hand_delta)::int AS units,
           coalesce(sum(m.on_hand_delta) FILTER (WHERE m.occurred_at < c.as_of), 0)::int
               AS unacknowledged
    FROM (SELECT DISTINCT sku_id, location_id, as_of FROM line) AS c
    JOIN inventory_movement m USING (sku_id, location_id)
    WHERE m.on_hand_delta <> 0
      AND m.occurred_at >= %(since)s::timestamptz
      AND m.sku_id BETWEEN %(first_sku)s::int AND %(last_sku)s::int
      AND m.kind <> 'opening'
      AND (
          (m.occurred_at >= c.as_of AND m.kind <> 'count')
          OR (
              %(acknowledges)s::boolean
              AND m.occurred_at < c.as_of
              AND m.occurred_at >= %(acknowledged_to)s::timestamptz
              AND (m.kind IN ('issue', 'return', 'transfer_out', 'transfer_in')
                   OR m.source = 'chaland')
              AND NOT EXISTS (
                  SELECT FROM inventory_acknowledgement a
                  WHERE a.source = %(source)s::text AND a.cause_id = m.cause_id
                    AND a.known_at < c.as_of
              )
          )
      )
    GROUP BY c.sku_id, c.location_id, c.as_of
)

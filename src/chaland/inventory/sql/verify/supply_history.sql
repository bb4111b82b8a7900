-- Transfers conserve units: what the ledger says left a shelf and reached one is what they say.
WITH told AS (
    SELECT sku_id, location_id,
           -coalesce(sum(on_hand_delta) FILTER (WHERE kind = 'transfer_out'), 0) AS dispatched,
           coalesce(sum(on_hand_delta) FILTER (WHERE kind = 'transfer_in'), 0) AS arrived,
           coalesce(sum(on_hand_delta) FILTER (WHERE kind = 'receipt'), 0) AS delivered
    FROM inventory_movement
    WHERE cause_type = 'supply' AND cause_id <> ''
    GROUP BY sku_id, location_id
), said AS (
    SELECT sku_id, location_id, sum(dispatched) AS dispatched, sum(arrived) AS arrived,
           sum(delivered) AS delivered
    FROM (
        SELECT sku_id, origin_id AS location_id, quantity - cancelled AS dispatched,
               0 AS arrived, 0 AS delivered
        FROM inventory_supply
        WHERE kind = 'transfer' AND dispatched_at IS NOT NULL
        UNION ALL
        SELECT sku_id, destination_id, 0,
               CASE WHEN kind = 'transfer' THEN received ELSE 0 END,
               CASE WHEN kind = 'purchase' THEN received ELSE 0 END
        FROM inventory_supply
    ) AS side
    GROUP BY sku_id, location_id
)
SELECT jsonb_build_object('sku_id', sku_id, 'location_id', location_id),
       format('left %s, arrived %s, delivered %s', coalesce(said.dispatched, 0),
              coalesce(said.arrived, 0), coalesce(said.delivered, 0)),
       format('left %s, arrived %s, delivered %s', coalesce(told.dispatched, 0),
              coalesce(told.arrived, 0), coalesce(told.delivered, 0))
FROM said
FULL JOIN told USING (sku_id, location_id)
WHERE (coalesce(said.dispatched, 0), coalesce(said.arrived, 0), coalesce(said.delivered, 0))
      IS DISTINCT FROM
      (coalesce(told.dispatched, 0), coalesce(told.arrived, 0), coalesce(told.delivered, 0))

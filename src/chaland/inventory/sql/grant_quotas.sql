-- Set what channels are granted of positions; what they have used stays, unless they start anew.
-- The positions are locked already, which is what guards quotas.
WITH wanted AS MATERIALIZED (
    SELECT *
    FROM unnest(
        %(sku)s::int[], %(location)s::int[], %(channel)s::int[], %(granted)s::int[],
        %(rule)s::text[], %(restart)s::bool[]
    ) AS w (sku_id, location_id, channel_id, granted, rule, restart)
), changed AS (
    UPDATE inventory_quota q
    SET granted = w.granted,
        rule = w.rule,
        used = CASE WHEN w.restart THEN 0 ELSE q.used END,
        refilled = CASE WHEN w.restart THEN q.refilled + q.used ELSE q.refilled END,
        updated_at = %(now)s
    FROM wanted w
    WHERE (q.sku_id, q.location_id, q.channel_id) = (w.sku_id, w.location_id, w.channel_id)
      AND (q.granted <> w.granted OR q.rule <> w.rule OR (w.restart AND q.used > 0))
    RETURNING 1
), made AS (
    INSERT INTO inventory_quota
        (sku_id, location_id, channel_id, granted, used, refilled, rule, updated_at)
    SELECT sku_id, location_id, channel_id, granted, 0, 0, rule, %(now)s
    FROM wanted w
    WHERE granted > 0
      AND NOT EXISTS (
          SELECT FROM inventory_quota q
          WHERE (q.sku_id, q.location_id, q.channel_id) = (w.sku_id, w.location_id, w.channel_id)
      )
    RETURNING 1
)
SELECT (SELECT count(*) FROM changed) + (SELECT count(*) FROM made)

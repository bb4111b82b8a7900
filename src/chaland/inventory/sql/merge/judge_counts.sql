-- What would a chunk of counts change? Compared without a lock, which `guarding` explains: a position that
-- is as counted is not written, only confirmed. Those to be changed are named, to be looked at again.
WITH line AS MATERIALIZED (
    SELECT line, sku_id, location_id, quantity,
           coalesce(occurred_at, %(as_of)s::timestamptz) AS as_of
    FROM {stage} AS stage
    WHERE (sku_id, location_id) > (%(sku)s::int, %(location)s::int)
      AND (sku_id, location_id) <= (%(last_sku)s::int, %(last_location)s::int)
      AND quantity IS NOT NULL
), {unknown}, confirmed AS MATERIALIZED (
    SELECT f.sku_id, place.location_id, max(f.as_of) AS as_of
    FROM inventory_confirmation f, unnest(f.location_ids) AS place (location_id)
    WHERE f.sku_id BETWEEN %(first_sku)s::int AND %(last_sku)s::int
      AND f.as_of >= %(since_count)s::timestamptz
    GROUP BY f.sku_id, place.location_id
), ranked AS (
    SELECT line.*,
           max(as_of) OVER position AS latest,
           row_number() OVER (PARTITION BY sku_id, location_id ORDER BY as_of DESC, line) AS place,
           min(quantity) OVER moment <> max(quantity) OVER moment AS contradictory
    FROM line
    WINDOW position AS (PARTITION BY sku_id, location_id),
           moment AS (PARTITION BY sku_id, location_id, as_of)
), beside AS (
    SELECT r.*, p.on_hand, r.quantity + coalesce(u.units, 0) AS target,
           greatest(p.counted_as_of, f.as_of) AS counted
    FROM ranked r
    LEFT JOIN inventory_position p USING (sku_id, location_id)
    LEFT JOIN unknown u USING (sku_id, location_id, as_of)
    LEFT JOIN confirmed f USING (sku_id, location_id)
), judged AS MATERIALIZED (
    SELECT line, sku_id, location_id, quantity, as_of, on_hand,
           CASE
               WHEN as_of < latest THEN 'stale'
               WHEN contradictory THEN 'named_twice'
               WHEN place > 1 THEN 'duplicate'
               WHEN counted > as_of THEN 'stale'
               WHEN target = coalesce(on_hand, 0)
               THEN CASE WHEN counted = as_of THEN 'duplicate' ELSE 'same' END
               -- LIMIT keeps the planner from reading the whole ledger once, in place of a line or none.
               WHEN counted = as_of AND (
                   SELECT true
                   FROM inventory_movement m
                   WHERE m.sku_id = beside.sku_id AND m.location_id = beside.location_id
                     AND m.occurred_at = beside.as_of AND m.kind = 'count'
                     AND m.counted = beside.quantity
                   LIMIT 1
               )
               THEN CASE WHEN %(again)s::boolean THEN 'changed' ELSE 'duplicate' END
               WHEN counted = as_of THEN 'contradicts_count'
               ELSE 'changed'
           END AS verdict
    FROM beside
), confirmation AS (
    SELECT sku_id, as_of, array_agg(location_id ORDER BY location_id) AS location_ids
    FROM judged
    WHERE verdict IN ('same', 'changed') AND NOT (%(lock_all)s::boolean AND on_hand IS NOT NULL)
    GROUP BY sku_id, as_of
), covered AS (
    -- The same positions were confirmed before: that is history now.
    DELETE FROM inventory_confirmation f
    USING confirmation n
    WHERE f.sku_id = n.sku_id AND f.as_of <= n.as_of
      AND (f.location_ids = n.location_ids OR f.location_ids = '{}')
), narrowed AS (
    UPDATE inventory_confirmation f
    SET location_ids = ARRAY(SELECT unnest(f.location_ids) EXCEPT SELECT unnest(n.location_ids))
    FROM confirmation n
    WHERE f.sku_id = n.sku_id AND f.as_of <= n.as_of AND f.location_ids <> n.location_ids
      AND f.location_ids && n.location_ids
), kept AS (
    INSERT INTO inventory_confirmation (sku_id, source, as_of, location_ids)
    SELECT sku_id, %(source)s::text, as_of, location_ids
    FROM confirmation
), touched AS (
    SELECT * FROM judged
    WHERE verdict = 'changed'
       OR (verdict = 'same' AND %(lock_all)s::boolean AND on_hand IS NOT NULL)
    ORDER BY sku_id, location_id
), refused AS (
    SELECT * FROM judged WHERE verdict IN ('named_twice', 'contradicts_count') ORDER BY line
)
SELECT (SELECT count(*) FROM judged WHERE verdict = 'duplicate'),
       (SELECT count(*) FROM judged WHERE verdict = 'stale'),
       (SELECT array_agg(line) FROM touched), (SELECT array_agg(sku_id) FROM touched),
       (SELECT array_agg(location_id) FROM touched), (SELECT array_agg(quantity) FROM touched),
       (SELECT array_agg(as_of) FROM touched),
       (SELECT array_agg(line) FROM judged WHERE %(tell)s::boolean),
       (SELECT array_agg(verdict) FROM judged WHERE %(tell)s::boolean),
       (SELECT array_agg(line) FROM refused), (SELECT array_agg(verdict) FROM refused)

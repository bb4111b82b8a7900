-- What changed since a snapshot, and the whole stock of some SKUs, both as of one new snapshot.
-- `since` is where the old snapshot ended; `unfinished` are the transactions that were still open in
-- it; together they are exactly those whose lines it did not show. At most `most` + 1 lines are read:
-- a reader who gets more than `most` starts over.
WITH line AS MATERIALIZED (
    SELECT m.sku_id, m.location_id, m.xid,
           m.on_hand_delta - m.unavailable_delta - m.reserved_delta AS units
    FROM (
        SELECT * FROM inventory_movement WHERE xid >= %(since)s::xid8
        UNION ALL
        SELECT * FROM inventory_movement
        WHERE xid = ANY (%(unfinished)s::xid8[]) AND xid < %(since)s::xid8
        UNION ALL
        SELECT * FROM inventory_movement
        WHERE xid = pg_current_xact_id_if_assigned() AND xid < %(since)s::xid8
          AND xid <> ALL (%(unfinished)s::xid8[])
    ) AS m
    LIMIT %(most)s::int + 1
), change AS (
    SELECT count(*) AS lines,
           array_send(array_agg(sku_id::int4)) AS sku,
           array_send(array_agg(location_id::int4)) AS location,
           array_send(array_agg(units)) AS units,
           array_send(array_agg(coalesce(xid = pg_current_xact_id_if_assigned(), false)::int4)) AS own
    FROM line
), whole AS (
    SELECT array_send(array_agg(sku_id::int4)) AS sku,
           array_send(array_agg(location_id::int4)) AS location,
           array_send(array_agg(on_hand - unavailable - reserved)) AS units
    FROM inventory_position
    WHERE sku_id = ANY (%(missing)s::int[]) AND on_hand - unavailable - reserved > 0
)
SELECT pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text,
       change.lines, change.sku, change.location, change.units, change.own,
       whole.sku, whole.location, whole.units
FROM change, whole

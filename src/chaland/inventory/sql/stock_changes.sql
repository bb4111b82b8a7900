-- The SKUs of the ledger lines that a snapshot did not show, as of a new snapshot; see refresh_mirror.
WITH line AS MATERIALIZED (
    SELECT sku_id
    FROM (
        SELECT sku_id FROM inventory_movement WHERE xid >= %(since)s::xid8
        UNION ALL
        SELECT sku_id FROM inventory_movement
        WHERE xid = ANY (%(unfinished)s::xid8[]) AND xid < %(since)s::xid8
    ) AS m
    LIMIT %(most)s::int + 1
)
SELECT pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text,
       count(*), array_send(array_agg(DISTINCT sku_id::int4))
FROM line

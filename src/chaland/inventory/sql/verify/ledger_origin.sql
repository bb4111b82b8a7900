-- No line claims a transaction that this server has not begun: a ledger restored from another server
-- does, until the transaction counter is past it, and would mislead readers who keep stock in memory.
SELECT jsonb_build_object('movement_id', id),
       format('a transaction before %s', pg_snapshot_xmax(pg_current_snapshot())),
       format('transaction %s', xid)
FROM inventory_movement
WHERE xid > pg_snapshot_xmax(pg_current_snapshot())
  AND xid IS DISTINCT FROM pg_current_xact_id_if_assigned()

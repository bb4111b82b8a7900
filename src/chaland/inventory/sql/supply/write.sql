-- Write supply lines as they are now; new ones are made.
INSERT INTO inventory_supply AS v
    (id, kind, source, reference, line, sku_id, destination_id, origin_id, supplier_id,
     quantity, received, damaged, cancelled, lost, state, expected_at, dispatched_at, closed_at,
     created_at, updated_at, version)
SELECT id, kind, source, reference, line, sku_id, destination_id, origin_id, supplier_id,
       quantity, received, damaged, cancelled, lost, state, expected_at, dispatched_at,
       CASE WHEN state IN ('received', 'cancelled') THEN %(now)s::timestamptz END,
       %(now)s, %(now)s, 1
FROM unnest(
    %(id)s::uuid[], %(kind)s::text[], %(source)s::text[], %(reference)s::text[], %(line)s::text[],
    %(sku)s::int[], %(destination)s::int[], %(origin)s::int[], %(supplier)s::int[],
    %(quantity)s::int[], %(received)s::int[], %(damaged)s::int[], %(cancelled)s::int[],
    %(lost)s::int[], %(state)s::text[], %(expected_at)s::timestamptz[],
    %(dispatched_at)s::timestamptz[]
) AS s (
    id, kind, source, reference, line, sku_id, destination_id, origin_id, supplier_id,
    quantity, received, damaged, cancelled, lost, state, expected_at, dispatched_at
)
ON CONFLICT (id) DO UPDATE
SET supplier_id = excluded.supplier_id,
    quantity = excluded.quantity,
    received = excluded.received,
    damaged = excluded.damaged,
    cancelled = excluded.cancelled,
    lost = excluded.lost,
    state = excluded.state,
    expected_at = excluded.expected_at,
    dispatched_at = excluded.dispatched_at,
    closed_at = coalesce(v.closed_at, excluded.closed_at),
    updated_at = excluded.updated_at,
    version = v.version + 1

-- Reserve all that is asked or nothing, and answer with what is short.
-- One statement: the locks are taken before anything is compared, because the data-modifying parts
-- read `verdict`, `verdict` reads `locked`, and LockRows re-reads a row that another transaction changed.
-- PostgreSQL checks constraints on a row made from the version that the statement's snapshot shows, and
-- only then notices that another transaction has written a newer one. So every column in a constraint is
-- set from the locked row, never from the row of the snapshot.
-- `keep` units must remain available, and besides them what quotas of other channels then still hold
-- (`fenced`): of several requests for one position the largest sum (`behind`) counts.
-- A channel's quota is used by what it reserves. Whether there is one is decided once, by `counted`, and
-- written down with the reservation: a quota granted at this very moment counts from the next request on.
-- Quotas are only written under their position's lock, so they need no order of their own.
WITH request AS MATERIALIZED (
    SELECT *
    FROM unnest(
        %(id)s::uuid[], %(sku)s::int[], %(location)s::int[], %(quantity)s::int[],
        %(order)s::uuid[], %(line)s::uuid[], %(cause)s::text[], %(actor_kind)s::text[], %(actor_id)s::text[],
        %(keep)s::int[], %(channel)s::int[]
    ) AS r (
        id, sku_id, location_id, quantity, order_id, order_line_id, cause_id, actor_kind, actor_id,
        keep, channel_id
    )
), wanted AS MATERIALIZED (
    SELECT sku_id, location_id, sum(quantity)::int AS quantity
    FROM request
    GROUP BY sku_id, location_id
), place AS MATERIALIZED (
    SELECT p.sku_id, p.location_id, p.on_hand, p.reserved, p.unavailable, w.quantity
    FROM wanted w
    JOIN inventory_position p USING (sku_id, location_id)
    ORDER BY p.sku_id, p.location_id
    FOR NO KEY UPDATE OF p
), fence AS MATERIALIZED (
    SELECT q.sku_id, q.location_id, q.channel_id, q.granted - q.used AS units
    FROM place
    JOIN inventory_quota q USING (sku_id, location_id)
    FOR NO KEY UPDATE OF q
), asked AS MATERIALIZED (
    SELECT sku_id, location_id, channel_id, sum(quantity)::int AS quantity, max(keep) AS keep
    FROM request
    GROUP BY sku_id, location_id, channel_id
), fenced AS MATERIALIZED (
    SELECT f.sku_id, f.location_id, f.channel_id, greatest(f.units - coalesce(a.quantity, 0), 0) AS units
    FROM fence f
    LEFT JOIN asked a USING (sku_id, location_id, channel_id)
), behind AS MATERIALIZED (
    SELECT a.sku_id, a.location_id, max(a.keep + coalesce(t.units, 0) - coalesce(o.units, 0)) AS units
    FROM asked a
    LEFT JOIN (
        SELECT sku_id, location_id, sum(units)::int AS units
        FROM fenced
        GROUP BY sku_id, location_id
    ) AS t USING (sku_id, location_id)
    LEFT JOIN fenced o USING (sku_id, location_id, channel_id)
    GROUP BY a.sku_id, a.location_id
), locked AS MATERIALIZED (
    SELECT p.*, greatest(p.on_hand - p.unavailable - p.reserved - b.units, 0) AS available
    FROM place p
    JOIN behind b USING (sku_id, location_id)
), verdict AS MATERIALIZED (
    SELECT count(*) FILTER (WHERE available >= quantity) = (SELECT count(*) FROM wanted) AS enough
    FROM locked
), moved AS (
    UPDATE inventory_position p
    SET on_hand = l.on_hand,
        reserved = l.reserved + l.quantity,
        unavailable = l.unavailable,
        version = p.version + 1,
        updated_at = %(now)s
    FROM locked l
    WHERE p.sku_id = l.sku_id AND p.location_id = l.location_id
      AND (SELECT enough FROM verdict)
), counted AS MATERIALIZED (
    SELECT r.id, sku_id, location_id, channel_id, r.quantity
    FROM request r
    JOIN inventory_quota q USING (sku_id, location_id, channel_id)
), used AS (
    UPDATE inventory_quota q
    SET used = q.used + s.quantity
    FROM (
        SELECT sku_id, location_id, channel_id, sum(quantity)::int AS quantity
        FROM counted
        GROUP BY sku_id, location_id, channel_id
    ) AS s
    WHERE (q.sku_id, q.location_id, q.channel_id) = (s.sku_id, s.location_id, s.channel_id)
      AND (SELECT enough FROM verdict)
), kept AS (
    INSERT INTO inventory_reservation
        (id, sku_id, location_id, quantity, issued, released, channel_id, in_quota,
         order_id, order_line_id, created_at)
    SELECT id, sku_id, location_id, quantity, 0, 0, channel_id, id IN (SELECT id FROM counted),
           order_id, order_line_id, %(now)s
    FROM request
    WHERE (SELECT enough FROM verdict)
), ledger AS (
    INSERT INTO inventory_movement
        (sku_id, location_id, kind, on_hand_delta, reserved_delta, unavailable_delta,
         incoming_delta, reservation_id, cause_type, cause_id, source, occurred_at,
         actor_kind, actor_id, reason)
    SELECT sku_id, location_id, 'reservation', 0, quantity, 0,
           0, id, %(cause_type)s, cause_id, 'chaland', %(now)s,
           actor_kind, actor_id, ''
    FROM request
    WHERE (SELECT enough FROM verdict)
)
SELECT w.sku_id, w.location_id, w.quantity, coalesce(l.available, 0)
FROM wanted w
LEFT JOIN locked l USING (sku_id, location_id)
WHERE NOT (SELECT enough FROM verdict) AND coalesce(l.available, 0) < w.quantity
ORDER BY w.sku_id, w.location_id

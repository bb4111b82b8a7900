-- Keep open holds longer. Rows are locked in the order that those who close them keep, so that a basket is
-- renewed as a whole or found closed as a whole.
WITH request AS MATERIALIZED (
    SELECT * FROM unnest(%(basket)s::uuid[], %(ttl)s::int[]) AS r (basket_id, ttl_seconds)
), held AS MATERIALIZED (
    SELECT h.basket_id, h.sku_id, h.location_id, coalesce(r.ttl_seconds, h.ttl_seconds) AS ttl_seconds
    FROM request r
    JOIN inventory_hold h USING (basket_id)
    WHERE h.closed_at IS NULL
    ORDER BY h.basket_id, h.sku_id, h.location_id
    FOR NO KEY UPDATE OF h
)
UPDATE inventory_hold h
SET ttl_seconds = held.ttl_seconds,
    expires_at = %(now)s::timestamptz + make_interval(secs => held.ttl_seconds)
FROM held
WHERE (h.basket_id, h.sku_id, h.location_id) = (held.basket_id, held.sku_id, held.location_id)
RETURNING h.basket_id, h.expires_at

-- The baskets whose time is over, the longest overdue first.
SELECT basket_id
FROM (
    SELECT basket_id, min(expires_at) AS expires_at
    FROM (
        SELECT basket_id, expires_at
        FROM inventory_hold
        WHERE closed_at IS NULL AND expires_at <= %(now)s
        ORDER BY expires_at
        LIMIT 4 * %(limit)s::int
    ) AS due
    GROUP BY basket_id
) AS basket
ORDER BY expires_at, basket_id
LIMIT %(limit)s

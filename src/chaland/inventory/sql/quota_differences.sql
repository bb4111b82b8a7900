-- Which quotas of these channels differ, for these SKUs, from what is planned, and what to grant.
-- A quota of another rule starts anew. A percentage is fixed when it is granted: only `rebase` has it
-- follow the stock, by which what has been used so far is left out of account.
WITH planned AS MATERIALIZED (
    SELECT *
    FROM unnest(
        %(sku)s::int[], %(location)s::int[], %(channel)s::int[], %(units)s::int[], %(rule)s::text[],
        %(share)s::bool[]
    ) AS p (sku_id, location_id, channel_id, units, rule, share)
)
SELECT p.sku_id, p.location_id, p.channel_id,
       p.units + CASE WHEN p.share AND q.rule = p.rule THEN q.used ELSE 0 END,
       p.rule, coalesce(q.rule <> p.rule, false)
FROM planned p
LEFT JOIN inventory_quota q USING (sku_id, location_id, channel_id)
WHERE CASE
    WHEN q.rule IS NULL THEN p.units > 0
    WHEN q.rule <> p.rule OR q.granted = 0 THEN q.granted <> p.units OR q.rule <> p.rule
    WHEN p.share THEN %(rebase)s AND q.granted <> p.units + q.used
    ELSE q.granted <> p.units
END
UNION ALL
SELECT q.sku_id, q.location_id, q.channel_id, 0, q.rule, false
FROM inventory_quota q
LEFT JOIN planned p USING (sku_id, location_id, channel_id)
WHERE q.granted > 0 AND p.sku_id IS NULL
  AND q.sku_id = ANY (%(skus)s::int[])
ORDER BY 1, 2, 3

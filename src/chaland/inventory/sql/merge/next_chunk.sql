-- The next lines in (sku, location) order: where they end, how many, and which SKUs they are about.
-- All lines of a position belong to the same chunk.
WITH line AS MATERIALIZED (
    SELECT sku_id, location_id
    FROM {stage}
    WHERE (sku_id, location_id) > (%(sku)s::int, %(location)s::int)
    ORDER BY sku_id, location_id
    LIMIT %(size)s::int
), last AS (
    SELECT sku_id, location_id FROM line ORDER BY sku_id DESC, location_id DESC LIMIT 1
), chunk AS (
    SELECT s.sku_id, s.quantity, s.occurred_at
    FROM {stage} s, last
    WHERE (s.sku_id, s.location_id) > (%(sku)s::int, %(location)s::int)
      AND (s.sku_id, s.location_id) <= (last.sku_id, last.location_id)
)
SELECT last.sku_id, last.location_id, c.lines, c.since, c.until, c.skus
FROM last, (
    SELECT count(quantity) AS lines, array_agg(DISTINCT sku_id) AS skus,
           min(coalesce(occurred_at, %(as_of)s::timestamptz)) AS since,
           max(coalesce(occurred_at, %(as_of)s::timestamptz)) AS until
    FROM chunk
) AS c

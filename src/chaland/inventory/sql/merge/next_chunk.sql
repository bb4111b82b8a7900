-- The next lines in (sku, location) order: where they end, how many, and which SKUs they are about.
-- All lines of a position belong to the same chunk: what is left of the last one is looked up by itself,
-- for a range up to it would be planned as all the rest of the file.
WITH line AS MATERIALIZED (
    SELECT sku_id, location_id, quantity, occurred_at
    FROM {stage}
    WHERE (sku_id, location_id) > (%(sku)s::int, %(location)s::int)
    ORDER BY sku_id, location_id
    LIMIT %(size)s::int
), last AS MATERIALIZED (
    SELECT sku_id, location_id FROM line ORDER BY sku_id DESC, location_id DESC LIMIT 1
), chunk AS (
    SELECT line.sku_id, line.quantity, line.occurred_at
    FROM line, last
    WHERE (line.sku_id, line.location_id) <> (last.sku_id, last.location_id)
    UNION ALL
    SELECT s.sku_id, s.quantity, s.occurred_at
    FROM last
    JOIN {stage} s ON s.sku_id = last.sku_id AND s.location_id = last.location_id
)
SELECT last.sku_id, last.location_id, c.lines, c.since, c.until, c.skus
FROM last, (
    SELECT count(quantity) AS lines, array_agg(DISTINCT sku_id) AS skus,
           min(coalesce(occurred_at, %(as_of)s::timestamptz)) AS since,
           max(coalesce(occurred_at, %(as_of)s::timestamptz)) AS until
    FROM chunk
) AS c

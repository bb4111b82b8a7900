-- Lock the positions of a chunk, in the order that every writer keeps.
SELECT count(*)
FROM (
    SELECT p.sku_id
    FROM (
        SELECT DISTINCT sku_id, location_id
        FROM {stage} AS stage
        WHERE (sku_id, location_id) > (%(sku)s::int, %(location)s::int)
          AND (sku_id, location_id) <= (%(last_sku)s::int, %(last_location)s::int)
          AND quantity IS NOT NULL
    ) AS wanted
    JOIN inventory_position p USING (sku_id, location_id)
    ORDER BY p.sku_id, p.location_id
    FOR NO KEY UPDATE OF p
) AS locked

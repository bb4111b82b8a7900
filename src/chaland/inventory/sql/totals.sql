-- The stock of these SKUs over all the locations asked for; NULL asks for every location.
SELECT p.sku_id, sum(p.on_hand)::bigint AS on_hand, sum(p.reserved)::bigint AS reserved,
       sum(p.unavailable)::bigint AS unavailable, sum(p.incoming)::bigint AS incoming,
       count(*) FILTER (WHERE p.on_hand - p.unavailable - p.reserved > 0)::int AS selling,
       count(*)::int AS positions
FROM inventory_position p
WHERE p.sku_id = ANY (%(skus)s::int[])
  AND (%(locations)s::int[] IS NULL OR p.location_id = ANY (%(locations)s::int[]))
GROUP BY p.sku_id

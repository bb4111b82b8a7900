-- What came or went at a position from the moment of a count on, and is the same count in the ledger?
-- A count, or an opening, tells what was there before its moment: it is no coming or going itself.
SELECT c.sku_id, c.location_id, c.as_of, c.on_hand,
       EXISTS (
           SELECT FROM inventory_movement m
           WHERE m.sku_id = c.sku_id AND m.location_id = c.location_id
             AND m.occurred_at = c.as_of AND m.kind = 'count' AND m.counted = c.on_hand
       ) AS known,
       coalesce((
           SELECT sum(m.on_hand_delta)
           FROM inventory_movement m
           WHERE m.sku_id = c.sku_id AND m.location_id = c.location_id
             AND m.occurred_at >= c.as_of AND m.kind NOT IN ('count', 'opening')
       ), 0)::int AS since
FROM unnest(%(sku)s::int[], %(location)s::int[], %(as_of)s::timestamptz[], %(on_hand)s::int[])
    AS c (sku_id, location_id, as_of, on_hand)

-- One SKU at every location asked for: its position, and how much of what is reserved is for orders.
SELECT p.location_id, p.on_hand, p.reserved, p.unavailable, p.incoming, p.counted_as_of,
       coalesce((
           SELECT sum(v.quantity - v.issued - v.released)
           FROM inventory_reservation v
           WHERE v.sku_id = p.sku_id AND v.location_id = p.location_id AND v.closed_at IS NULL
       ), 0)::int AS for_orders
FROM inventory_position p
WHERE p.sku_id = %(sku)s
  AND (%(locations)s::int[] IS NULL OR p.location_id = ANY (%(locations)s::int[]))
ORDER BY p.location_id

-- Write lots as they are now, under the lock of their positions.
INSERT INTO inventory_lot AS v (sku_id, location_id, lot, expires_on, on_hand, expired)
SELECT *
FROM unnest(
    %(sku)s::int[], %(location)s::int[], %(lot)s::text[], %(expires_on)s::date[],
    %(on_hand)s::int[], %(expired)s::int[]
)
ON CONFLICT (sku_id, location_id, lot) DO UPDATE
SET expires_on = coalesce(excluded.expires_on, v.expires_on), on_hand = excluded.on_hand, expired = excluded.expired

-- Which positions do these supply lines touch? What they are never changes, so no lock is needed.
SELECT id, sku_id, destination_id, origin_id
FROM inventory_supply
WHERE id = ANY (%(id)s::uuid[])

-- Which of these reservations are of SKUs that are followed by lot or serial? For most batches none is,
-- and an index that holds those SKUs only says so at once.
SELECT v.id, v.sku_id, v.location_id, v.order_id, s.tracking
FROM catalog_sku s
JOIN inventory_reservation v ON v.sku_id = s.id
WHERE s.tracking <> 'none' AND v.id = ANY (%(id)s::uuid[])

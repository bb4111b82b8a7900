-- The serials that are on their way with these transfers.
SELECT cause_id, sku_id, serial
FROM inventory_serial
WHERE state = 'in_transit' AND cause_id = ANY (%(cause)s::text[])
ORDER BY cause_id, serial

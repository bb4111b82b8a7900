-- Serials of SKUs that are not followed by serial any more: where they are is not known from now on.
UPDATE inventory_serial v
SET state = 'gone', cause_id = 'not followed any more', changed_at = %(now)s
FROM catalog_sku s
WHERE s.id = v.sku_id AND s.tracking <> 'serial' AND v.state <> 'gone'

-- Which order got the unit with a serial.
SELECT v.order_id, v.cause_id, l.code AS location, NULL AS lot, v.serial,
       1 AS units, v.presumed, v.changed_at AS left_at
FROM inventory_serial v
JOIN network_location l ON l.id = v.location_id
WHERE v.sku_id = %(sku)s AND v.serial = %(serial)s AND v.state = 'gone' AND v.order_id IS NOT NULL
  AND (%(locations)s::int[] IS NULL OR v.location_id = ANY (%(locations)s::int[]))

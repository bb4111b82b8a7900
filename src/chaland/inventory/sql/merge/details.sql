-- What some lines of a stage say.
SELECT line, sku_id, location_id, quantity, occurred_at, line_ref
FROM {stage} AS stage
WHERE line = ANY (%(lines)s::int[])

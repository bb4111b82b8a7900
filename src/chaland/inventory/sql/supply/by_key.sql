-- The supply lines that the outside knows by these names.
SELECT v.id, v.source, v.reference, v.line
FROM unnest(%(source)s::text[], %(reference)s::text[], %(line)s::text[])
    AS asked (source, reference, line)
JOIN inventory_supply v USING (source, reference, line)

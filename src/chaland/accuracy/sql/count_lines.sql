-- A page of a count's lines, in the order of the list.
SELECT l.place, l.sku_id, s.code AS sku, s.name AS sku_name, l.state, l.why, l.counted, l.counted_at,
       l.counted_by, l.counted_by_labels, l.attempt, l.contradicted, l.disturbed,
       l.expected, l.reserved, l.counted - l.expected AS difference, l.frozen AS frozen_units,
       l.reason, l.unit_cost, abs(l.counted - l.expected) * l.unit_cost AS money_at_stake,
       l.decided_at, l.decided_by, l.decided_by_label, l.note
FROM accuracy_count_line l
JOIN catalog_sku s ON s.id = l.sku_id
WHERE l.count_id = %(count)s::uuid AND l.place > %(after)s
  AND (%(states)s::text[] IS NULL OR l.state = ANY (%(states)s::text[]))
ORDER BY l.place
LIMIT %(limit)s

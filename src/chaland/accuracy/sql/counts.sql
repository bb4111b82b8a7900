-- A page of counts with the numbers of their lines, the latest first; NULL filters nothing.
SELECT c.id, c.location_id, place.code AS location, c.kind, c.state, c.name, c.category, c.blind, c.freeze,
       c.due_on, c.created_by, c.created_by_label, c.created_at, c.started_at,
       c.submitted_at, c.submitted_by, c.submitted_by_label,
       c.closed_at, c.closed_by, c.closed_by_label, c.note, c.version,
       n.lines, n.to_count, n.pending, n.held, n.applied, n.difference_units, n.money_at_stake
FROM accuracy_count c
JOIN network_location place ON place.id = c.location_id
CROSS JOIN LATERAL (
    SELECT count(*) AS lines,
           count(*) FILTER (WHERE l.state IN ('to_count', 'recount')) AS to_count,
           count(*) FILTER (WHERE l.state = 'pending') AS pending,
           count(*) FILTER (WHERE l.state = 'held') AS held,
           count(*) FILTER (WHERE l.state = 'applied') AS applied,
           coalesce(sum(abs(l.counted - l.expected)), 0)::int AS difference_units,
           coalesce(sum(abs(l.counted - l.expected) * l.unit_cost)
                    FILTER (WHERE l.state IN ('pending', 'held')), 0) AS money_at_stake
    FROM accuracy_count_line l
    WHERE l.count_id = c.id
) AS n
WHERE (%(id)s::uuid IS NULL OR c.id = %(id)s::uuid)
  AND (%(locations)s::int[] IS NULL OR c.location_id = ANY (%(locations)s::int[]))
  AND (%(states)s::text[] IS NULL OR c.state = ANY (%(states)s::text[]))
  AND (%(before)s::uuid IS NULL OR c.id < %(before)s::uuid)
ORDER BY c.id DESC
LIMIT %(limit)s

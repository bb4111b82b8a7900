-- Note what a source has booked; the first word stands.
INSERT INTO inventory_acknowledgement (source, cause_id, known_at)
SELECT %(source)s, cause_id, known_at
FROM unnest(%(cause)s::text[], %(known_at)s::timestamptz[]) AS told (cause_id, known_at)
ON CONFLICT (source, cause_id) DO NOTHING
RETURNING cause_id

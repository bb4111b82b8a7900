-- Take the run that has waited longest, or that its worker has left; none that another looks at.
UPDATE lab_run
SET claim = %(claim)s, claimed_until = %(until)s, state = 'running', version = version + 1,
    started_at = coalesce(started_at, %(now)s)
WHERE id = (
    SELECT id
    FROM lab_run
    WHERE (state = 'queued' OR (state = 'running' AND claimed_until < %(now)s))
      AND (%(run)s::uuid IS NULL OR id = %(run)s::uuid)
    ORDER BY id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING id

-- Take a run that waits, or that its worker has left: the oldest first, none that another looks at.
UPDATE feeds_run
SET claim = %(claim)s, claimed_until = %(until)s
WHERE number = (
    SELECT number
    FROM feeds_run
    WHERE state IN ('receiving', 'checking', 'applying')
      AND (claimed_until IS NULL OR claimed_until < %(now)s)
      AND (%(number)s::int IS NULL OR number = %(number)s::int)
    ORDER BY number
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING number

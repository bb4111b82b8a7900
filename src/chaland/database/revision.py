"""Revisions: how a process learns that reference data it keeps in memory has changed.

Whoever changes locations, calendars, prices … calls `bump_revision` in the same transaction.
Whoever keeps a snapshot reads the revisions (one small query) and rebuilds it when its own moved.
"""

from chaland.database.statements import execute, fetch_all


def bump_revision(name: str) -> None:
    """Raise the revision called `name`, visible to others at the commit.

    Locks that one row until the transaction ends: call it last. The number comes from the clock
    (microseconds), so that a transaction that rolls back never lends its number to another: a
    snapshot built inside it can not be taken for the other's.
    """
    execute(
        "INSERT INTO database_revision (name, revision)"
        " VALUES (%s, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)"
        " ON CONFLICT (name) DO UPDATE"
        " SET revision = greatest(database_revision.revision + 1, EXCLUDED.revision)",
        [name],
    )


def read_revisions() -> dict[str, int]:
    """Read every revision; a name that was never bumped is absent and counts as 0."""
    rows = fetch_all("SELECT name, revision FROM database_revision", prepare=True)
    return dict(rows)

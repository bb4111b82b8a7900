"""Who writes stock rules, or what follows from them, does so alone."""

from chaland.database.statements import execute

# An arbitrary number that means "writers of stock rules" to pg_advisory_xact_lock.
_LOCK = 6_700_421


def lock_rules() -> None:
    """Wait until nobody else writes stock rules, and keep others waiting until the commit."""
    execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])

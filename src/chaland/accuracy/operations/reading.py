"""The ledger is read as it grows: what it tells of each position, and the chance that follows."""

from datetime import datetime, timedelta

from django.db import transaction

from chaland.accuracy.models import Evidence, LearnedModel, Progress
from chaland.accuracy.queries.chances import known_rows
from chaland.accuracy.queries.lens import lens
from chaland.accuracy.queries.statements import fold_statement
from chaland.accuracy.rules.chances import chances
from chaland.accuracy.types import COUNT_SOURCE
from chaland.database.statements import execute, fetch_one
from chaland.network.queries import snapshot

LEDGER = "ledger"
SCORED_FOR = timedelta(hours=24)
"""A chance fades while nothing happens: it is worked out again after so long."""

_SCORE = """
UPDATE accuracy_evidence e
SET pickable = s.chance, scored_at = %(now)s, xid = pg_current_xact_id()
FROM unnest(%(sku)s::int[], %(location)s::int[], %(chance)s::float8[])
    AS s (sku_id, location_id, chance)
WHERE e.sku_id = s.sku_id AND e.location_id = s.location_id
"""

_NEWS = """(
    SELECT * FROM accuracy_evidence
    WHERE scored_at IS NULL
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)"""
_FADED = """(
    SELECT * FROM accuracy_evidence
    WHERE scored_at < %(stale)s
    ORDER BY scored_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)"""


@transaction.atomic
def read_ledger() -> int:
    """Take in what the ledger tells since the last time; return how many positions it told of.

    Exactly once, whatever order transactions end in: how far the ledger was read is a snapshot,
    kept in the same transaction. One worker at a time reads; another one passes.
    """
    Progress.objects.get_or_create(name=LEDGER)
    row = fetch_one(
        "SELECT seen FROM accuracy_progress WHERE name = %s FOR UPDATE SKIP LOCKED", [LEDGER]
    )
    if row is None:
        return 0
    told = fetch_one(fold_statement(), {"seen": row[0], "count_source": COUNT_SOURCE})
    assert told is not None  # noqa: S101 - an aggregate without GROUP BY gives exactly one row
    seen, touched, looks = told
    if touched:
        execute(
            "UPDATE accuracy_progress SET seen = %s, looks = looks + %s WHERE name = %s",
            [seen, looks, LEDGER],
        )
    return int(touched)


@transaction.atomic
def score_due(*, now: datetime, limit: int = 20_000) -> int:
    """Work out chances that are due, news first, then those of an older model or of yesterday.

    Return how many.
    """
    learned = LearnedModel.objects.order_by("-version").values_list("learned_at", flat=True).first()
    stale = now - SCORED_FOR if learned is None else max(now - SCORED_FOR, learned)
    rows = known_rows(_NEWS, now=now, limit=limit)
    rows = rows or known_rows(_FADED, now=now, stale=stale, limit=limit)
    if not rows:
        return 0
    known, model = lens(snapshot()).evidence(rows)
    execute(
        _SCORE,
        {
            "sku": [row["sku_id"] for row in rows],
            "location": [row["location_id"] for row in rows],
            "chance": chances(model, known).tolist(),
            "now": now,
        },
    )
    return len(rows)


@transaction.atomic
def read_ledger_anew() -> int:
    """Forget all that was read, and read the whole ledger again; return as ``read_ledger``."""
    Progress.objects.get_or_create(name=LEDGER)
    execute("SELECT FROM accuracy_progress WHERE name = %s FOR UPDATE", [LEDGER])
    Evidence.objects.all().delete()
    Progress.objects.filter(name=LEDGER).update(seen="1:1:", looks=0)
    return read_ledger()

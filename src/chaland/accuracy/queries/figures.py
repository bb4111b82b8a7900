"""How true the records were."""

from collections.abc import Collection
from datetime import datetime

from django.conf import settings

from chaland.accuracy import sql
from chaland.accuracy.rules.policies import DEFAULT_TOLERANCE
from chaland.accuracy.types import AccuracyFigures, Grouping
from chaland.database.statements import fetch_dicts


def accuracy(
    *,
    by: Grouping,
    since: datetime,
    until: datetime,
    location_ids: Collection[int] | None = None,
    category: str | None = None,
    source: str | None = None,
) -> list[AccuracyFigures]:
    """Return figures of the counts from *since* up to before *until*, a row per group; one query.

    Every count in the ledger contributes, whoever told it, but for full snapshots of other systems
    (see ``figures.sql``); *source* asks for one sender's. Weeks are ISO weeks of the screens' time
    zone; ``reason`` groups only counts that found a difference.
    """
    rows = fetch_dicts(
        sql.load("figures"),
        {
            "by": by,
            "since": since,
            "until": until,
            "locations": None if location_ids is None else list(location_ids),
            "category": category,
            "source": source,
            "time_zone": settings.TIME_ZONE,
            "default_units": DEFAULT_TOLERANCE.units,
            "default_percent": DEFAULT_TOLERANCE.percent,
        },
        prepare=False,
    )
    found = [AccuracyFigures(**row) for row in rows]
    return sorted(found, key=lambda figures: figures.group)

"""Counts and their lines."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from chaland.accuracy import sql
from chaland.accuracy.states import COUNTABLE
from chaland.accuracy.types import (
    COUNT_PREFIX,
    CountKind,
    CountLineView,
    CountState,
    CountView,
    DriftReason,
    LineState,
    ListReason,
)
from chaland.database.statements import fetch_dicts
from chaland.kernel.actor import Actor
from chaland.kernel.errors import NotFoundError
from chaland.kernel.ids import to_public
from chaland.network.queries import visible_location_ids

_HIDDEN = {"expected": None, "difference": None, "money_at_stake": None, "disturbed": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class CountFilter:
    """Which counts; None and empty leave a condition out. ``location_ids`` None means all."""

    location_ids: Collection[int] | None = None
    states: Collection[CountState] = ()


def find_counts(
    wanted: CountFilter, *, before: UUID | None = None, limit: int = 50
) -> list[CountView]:
    """Return counts, the latest first, that were opened before the count *before*; one query."""
    rows = fetch_dicts(
        sql.load("counts"),
        {
            "id": None,
            "locations": None if wanted.location_ids is None else list(wanted.location_ids),
            "states": [state.value for state in wanted.states] or None,
            "before": before,
            "limit": limit,
        },
        prepare=False,
    )
    return [_count(row) for row in rows]


def count_view(count_id: UUID, *, actor: Actor) -> CountView:
    """Return one count. Raises NotFoundError when the actor may not see its location."""
    rows = fetch_dicts(
        sql.load("counts"),
        {
            "id": count_id,
            "locations": visible_location_ids(actor),
            "states": None,
            "before": None,
            "limit": 1,
        },
        prepare=False,
    )
    if not rows:
        raise NotFoundError("count", to_public(COUNT_PREFIX, count_id))
    return _count(rows[0])


def count_lines(
    count: CountView, *, states: Collection[LineState] = (), after: int = 0, limit: int = 50
) -> list[CountLineView]:
    """Return lines of a count, in the order of its list, behind the place *after*; one query.

    Of a blind count that is not submitted, nobody learns what is expected.
    """
    rows = fetch_dicts(
        sql.load("count_lines"),
        {
            "count": count.id,
            "states": [state.value for state in states] or None,
            "after": after,
            "limit": limit,
        },
        prepare=False,
    )
    hidden = _HIDDEN if count.blind and count.state in COUNTABLE else {}
    return [_line({**row, **hidden}) for row in rows]


def _count(row: dict[str, Any]) -> CountView:
    blind = row["blind"] and row["state"] in COUNTABLE
    hidden = {"difference_units": 0, "money_at_stake": 0 * row["money_at_stake"]} if blind else {}
    typed = {"kind": CountKind(row["kind"]), "state": CountState(row["state"])}
    return CountView(**{**row, **typed, **hidden})


def _line(row: dict[str, Any]) -> CountLineView:
    why = row["why"] if isinstance(row["why"], list) else orjson.loads(row["why"])
    return CountLineView(
        **{
            **row,
            "state": LineState(row["state"]),
            "why": tuple(ListReason(item["code"], item["value"]) for item in why),
            "reason": row["reason"] and DriftReason(row["reason"]),
            "counted_by": tuple(row["counted_by"]),
            "counted_by_labels": tuple(row["counted_by_labels"]),
        }
    )

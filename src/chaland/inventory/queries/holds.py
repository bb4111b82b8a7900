"""Reads of what is, or was, kept for baskets."""

from collections.abc import Collection
from uuid import UUID

from chaland.database import statements
from chaland.inventory import sql
from chaland.inventory.types import HeldUnits, HoldOutcome


def held_by(basket_ids: Collection[UUID]) -> dict[UUID, list[HeldUnits]]:
    """Return what is, or was, kept for baskets, without locks; unknown ones are left out."""
    found: dict[UUID, list[HeldUnits]] = {}
    for row in read_holds("holds", basket_ids):
        found.setdefault(row.basket_id, []).append(row)
    return found


def read_holds(statement: str, basket_ids: Collection[UUID]) -> list[HeldUnits]:
    """Return the rows of the room's statement *statement*, which asks for baskets."""
    rows = statements.fetch_dicts(sql.load(statement), {"baskets": list(basket_ids)}, prepare=True)
    return [
        HeldUnits(
            **{
                **row,
                "organisation_ids": _ids(row["organisation_ids"]),
                "outcome": row["outcome"] and HoldOutcome(row["outcome"]),
            }
        )
        for row in rows
    ]


def _ids(array: list[int] | None) -> tuple[int, ...] | None:
    return None if array is None else tuple(array)

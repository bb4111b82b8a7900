"""Reads of goods that are on their way."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from chaland.database import statements
from chaland.inventory import sql
from chaland.inventory.types import ExpectedSupply, SupplyKind, SupplyState, SupplyView


def expected_supply(
    sku_ids: Collection[int], location_ids: Collection[int] | None, until: datetime
) -> list[ExpectedSupply]:
    """Return what open supply will bring until a moment, by SKU, location and time.

    Late supply is there with the moment that it missed. Planned transfers have not left and are
    not expected. ``location_ids=None`` looks at all locations.
    """
    rows = statements.fetch_all(
        sql.load("supply/expected"),
        {
            "skus": list(sku_ids),
            "locations": None if location_ids is None else list(location_ids),
            "until": until,
        },
    )
    return [
        ExpectedSupply(row[0], SupplyKind(row[1]), row[2], row[3], row[4], row[5]) for row in rows
    ]


def supply(
    *,
    limit: int,
    now: datetime,
    sku_ids: Collection[int] | None = None,
    places: Collection[int] | None = None,
    destination_id: int | None = None,
    origin_id: int | None = None,
    kind: SupplyKind | None = None,
    states: Sequence[SupplyState] | None = None,
    reference: str | None = None,
    late: bool | None = None,
    before: UUID | None = None,
) -> list[SupplyView]:
    """Return supply lines, the latest announced first, below the id *before*; None filters nothing.

    *places* keeps those that leave from or go to one of these locations; *late* those whose moment
    has passed at *now* while units are open.
    """
    return _views(
        limit=limit,
        now=now,
        skus=None if sku_ids is None else list(sku_ids),
        places=None if places is None else list(places),
        destination=destination_id,
        origin=origin_id,
        kind=kind and kind.value,
        state=None if states is None else [state.value for state in states],
        reference=reference,
        late=late,
        before=before,
    )


def supply_by_id(ids: Collection[UUID], *, now: datetime) -> dict[UUID, SupplyView]:
    """Return the supply lines that exist among *ids*."""
    found = _views(id=list(ids), limit=len(ids), now=now)
    return {view.id: view for view in found}


_FILTERS = (
    "id", "skus", "places", "destination", "origin", "kind", "state", "reference", "late", "before",
)  # fmt: skip


def _views(*, limit: int, now: datetime, **filters: object) -> list[SupplyView]:
    rows = statements.fetch_dicts(
        sql.load("supply/page"),
        {**dict.fromkeys(_FILTERS), **filters, "limit": limit, "now": now},
        prepare=False,  # the plan depends on which filters are NULL
    )
    return [
        SupplyView(**{**row, "kind": SupplyKind(row["kind"]), "state": SupplyState(row["state"])})
        for row in rows
    ]

"""Every kind of stock of one SKU in one view."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from chaland.catalog.queries import tracked_skus
from chaland.database import statements
from chaland.inventory import sql
from chaland.inventory.queries.lots import lots
from chaland.inventory.queries.stock import last_counts, status_units
from chaland.inventory.queries.supply import supply
from chaland.inventory.types import (
    KindTotals,
    LotView,
    StockAt,
    SupplyKind,
    SupplyState,
    SupplyView,
    WholeStock,
)
from chaland.network.queries import snapshot
from chaland.network.types import LocationKind

MOST_SUPPLY_LINES = 1_000
MOST_LOTS = 10_000
_ON_ITS_WAY = (SupplyState.EXPECTED, SupplyState.PARTLY_RECEIVED)


def stock_of(
    sku_id: int, location_ids: Collection[int] | None = None, *, now: datetime
) -> WholeStock:
    """Return every kind of stock of a SKU at *location_ids* (None: everywhere); six queries.

    Locations that never had the SKU are absent. Of goods on their way the latest
    ``MOST_SUPPLY_LINES`` open lines are shown.
    """
    rows = statements.fetch_all(
        sql.load("whole"),
        {"sku": sku_id, "locations": None if location_ids is None else list(location_ids)},
        prepare=False,
    )
    statuses = status_units([sku_id], location_ids=location_ids)
    counted = last_counts([(sku_id, row[0]) for row in rows])
    lines = supply(
        limit=MOST_SUPPLY_LINES,
        now=now,
        sku_ids=[sku_id],
        places=location_ids,
        states=_ON_ITS_WAY,
    )
    coming, going = _by_place(lines)
    named = _lots(sku_id, location_ids)
    network = snapshot()
    places = []
    for row in rows:
        facts = network.locations[network.index_of[row[0]]]
        pair = (sku_id, row[0])
        places.append(
            StockAt(
                location_id=facts.id,
                location=facts.code,
                name=facts.name,
                kind=facts.kind,
                organisation=facts.organisation,
                on_hand=row[1],
                reserved=row[6],
                held=row[2] - row[6],
                sellable=row[1] - row[2] - row[3],
                statuses=statuses.get(pair, {}),
                incoming=row[4],
                inbound=tuple(coming[facts.id]),
                outbound=tuple(going[facts.id]),
                lots=tuple(named[facts.id]),
                counted_at=counted.get(pair),
            )
        )
    return _whole(sku_id, places, [line for place in places for line in place.inbound])


def _lots(sku_id: int, location_ids: Collection[int] | None) -> dict[int, list[LotView]]:
    """Return the lots of a SKU by location; of one that is not followed none."""
    named: dict[int, list[LotView]] = defaultdict(list)
    if tracked_skus([sku_id]):
        for lot in lots(limit=MOST_LOTS, sku_ids=[sku_id], location_ids=location_ids):
            named[lot.location_id].append(lot)
    return named


def _by_place(
    lines: Iterable[SupplyView],
) -> tuple[dict[int, list[SupplyView]], dict[int, list[SupplyView]]]:
    """Sort open lines, the earliest first, by where they go and where they come from."""
    coming: dict[int, list[SupplyView]] = defaultdict(list)
    going: dict[int, list[SupplyView]] = defaultdict(list)
    for line in sorted(lines, key=lambda item: (item.expected_at, item.id)):
        coming[line.destination_id].append(line)
        if line.origin_id is not None:
            going[line.origin_id].append(line)
    return coming, going


def _whole(sku_id: int, places: Collection[StockAt], coming: Collection[SupplyView]) -> WholeStock:
    kinds: dict[LocationKind, list[StockAt]] = defaultdict(list)
    for place in places:
        kinds[place.kind].append(place)
    return WholeStock(
        sku_id=sku_id,
        places=tuple(sorted(places, key=lambda place: place.location)),
        kinds={kind: KindTotals.of(members) for kind, members in kinds.items()},
        in_transit=sum(line.open for line in coming if line.kind == SupplyKind.TRANSFER),
        on_order=sum(line.open for line in coming if line.kind == SupplyKind.PURCHASE),
        late=sum(line.open for line in coming if line.late),
    )

"""Reads: what each day may promise, and what was promised before it was there."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from chaland.availability.queries import sellable, withholding
from chaland.backorders import models, rules
from chaland.backorders.rules import DayUnits
from chaland.backorders.types import (
    BackorderState,
    BackorderView,
    DayOutlook,
    FutureSale,
    FutureSaleKind,
    LimitUse,
    SkuOutlook,
    StoredSale,
)
from chaland.catalog.queries import sku_profiles
from chaland.catalog.types import SkuFacts
from chaland.database.statements import fetch_all
from chaland.inventory.queries import expected_supply
from chaland.network.queries import snapshot
from chaland.network.types import NetworkSnapshot

Mask = NDArray[np.bool_]

_OPEN = """
    SELECT sku_id, channel_id, due, sum(quantity)::int
    FROM backorders_backorder
    WHERE closed_at IS NULL AND sku_id = ANY (%s::int[])
    GROUP BY sku_id, channel_id, due
"""
_PAGE = """
    SELECT waiting.id, channel.code, waiting.reference, sku.code, waiting.quantity, waiting.kind,
           waiting.sale, waiting.due, waiting.state, waiting.created_at, waiting.closed_at
    FROM backorders_backorder AS waiting
    JOIN network_channel AS channel ON channel.id = waiting.channel_id
    JOIN catalog_sku AS sku ON sku.id = waiting.sku_id
    WHERE (%(ids)s::uuid[] IS NULL OR waiting.id = ANY (%(ids)s::uuid[]))
      AND (%(channel)s::text IS NULL OR channel.code = %(channel)s::text)
      AND (%(sku)s::text IS NULL OR sku.code = %(sku)s::text)
      AND (%(state)s::text IS NULL OR waiting.state = %(state)s::text)
      AND (%(before)s::uuid IS NULL OR waiting.id < %(before)s::uuid)
    ORDER BY waiting.id DESC
    LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Horizon:
    """The days from *today* on, in the retailer's time zone, up to *days* later."""

    today: date
    days: int
    zone: ZoneInfo

    @classmethod
    def of(cls, now: datetime, days: int, zone: ZoneInfo) -> "Horizon":
        """Return the horizon that begins at *now*."""
        return cls(now.astimezone(zone).date(), days, zone)

    @property
    def end(self) -> datetime:
        """The moment at which the last day is over."""
        last = self.today + timedelta(days=self.days + 1)
        return datetime(last.year, last.month, last.day, tzinfo=self.zone)

    def day_of(self, moment: datetime) -> int:
        """Return the day of *moment*, counted from today."""
        return (moment.astimezone(self.zone).date() - self.today).days


@dataclass(frozen=True, slots=True)
class Prospect:
    """What is known of the future of one SKU on one channel, in units by day from today."""

    now: int
    late: int
    arrivals: tuple[DayUnits, ...]
    dues: tuple[DayUnits, ...]
    taken: int
    spare: tuple[int, ...]


def future_sales(*, codes: Collection[str] | None = None) -> list[StoredSale]:
    """Return every future sale, or those of *codes*, by code."""
    rows = models.FutureSale.objects.order_by("code")
    return [_stored(row) for row in (rows if codes is None else rows.filter(code__in=list(codes)))]


def sales_of(channel: str, sku_ids: Collection[int], now: datetime) -> dict[int, FutureSale]:
    """Return the future sale that decides for each SKU on a channel at *now*; absent for none."""
    sales = rules.in_order(item.sale for item in future_sales() if item.sale.holds_at(now))
    if not sales:
        return {}
    deciding = {
        sku_id: next((sale for sale in sales if rules.holds_for(sale, channel, profile)), None)
        for sku_id, profile in sku_profiles(sku_ids).items()
    }
    return {sku_id: sale for sku_id, sale in deciding.items() if sale is not None}


def prospects(
    channel: str,
    sku_ids: Sequence[int],
    network: NetworkSnapshot,
    horizon: Horizon,
    *,
    now: datetime,
    among: Mask | None = None,
) -> dict[int, Prospect]:
    """Return what may be promised of each SKU on a channel, day by day.

    Only stock and supply at the channel's own locations count, of those marked in *among*. Supply
    that missed its moment is told and counts on no day. What was promised on this channel is taken
    off when the whole channel is asked for: a back-order belongs to no location. Raises KeyError
    for a channel that does not exist.
    """
    if not sku_ids:
        return {}
    places = _places(channel, network, among)
    stock = sellable(sorted(sku_ids), network, now=now)
    units = stock.of(channel)
    arrivals, late = _arrivals(sku_ids, network, horizon, places, now)
    dues, taken = _promised(sku_ids, network.channels[channel].id, horizon)
    found = {}
    for sku_id in sku_ids:
        held = int(units[stock.stock.row_of[sku_id]][places].sum())
        due = tuple(dues.get(sku_id, ())) if among is None else ()
        coming = tuple(arrivals.get(sku_id, ()))
        found[sku_id] = Prospect(
            now=held,
            late=late.get(sku_id, 0),
            arrivals=coming,
            dues=due,
            taken=taken.get(sku_id, 0),
            spare=tuple(rules.promisable(held, coming, due, horizon.days)),
        )
    return found


def outlooks(
    channel: str,
    facts: Sequence[SkuFacts],
    network: NetworkSnapshot,
    horizon: Horizon,
    *,
    now: datetime,
    among: Mask | None = None,
) -> list[SkuOutlook]:
    """Return the outlook of each SKU, in the order given; a kit has that of its scarcest part."""
    parts = {part.sku_id for item in facts for part in item.components}
    ids = sorted(parts | {item.id for item in facts if not item.components})
    known = prospects(channel, ids, network, horizon, now=now, among=among)
    sales = sales_of(channel, [item.id for item in facts], now)
    return [_outlook(item, known, horizon, sales.get(item.id)) for item in facts]


def backorders(
    *,
    limit: int,
    ids: Collection[UUID] | None = None,
    channel: str | None = None,
    sku: str | None = None,
    state: BackorderState | None = None,
    before: UUID | None = None,
) -> list[BackorderView]:
    """Return back-orders, the latest first, below the id *before*; None filters nothing."""
    rows = fetch_all(
        _PAGE,
        {
            "ids": None if ids is None else list(ids),
            "channel": channel,
            "sku": sku,
            "state": state and state.value,
            "before": before,
            "limit": limit,
        },
        prepare=False,  # the plan depends on which filters are NULL
    )
    return [
        BackorderView(
            id=row[0],
            channel=row[1],
            reference=row[2],
            sku=row[3],
            quantity=row[4],
            kind=FutureSaleKind(row[5]),
            sale=row[6],
            due=row[7],
            state=BackorderState(row[8]),
            created_at=row[9],
            closed_at=row[10],
        )
        for row in rows
    ]


def open_backorders(reference: str) -> list[UUID]:
    """Return the ids of what waits under a reference, on any channel."""
    # Named, the channels lead into the index, which begins with them.
    channels = list(snapshot().channels_by_id)
    rows = models.Backorder.objects.filter(
        channel_id__in=channels, reference=reference, closed_at__isnull=True
    )
    return list(rows.order_by("id").values_list("id", flat=True))


def _places(channel: str, network: NetworkSnapshot, among: Mask | None) -> Mask:
    closed = withholding(network).closed_to(channel)
    own = np.ones(len(network), np.bool_) if closed is None else ~closed
    return own if among is None else own & among


def _arrivals(
    sku_ids: Collection[int],
    network: NetworkSnapshot,
    horizon: Horizon,
    places: Mask,
    now: datetime,
) -> tuple[dict[int, list[DayUnits]], dict[int, int]]:
    """Return what arrives by day, and what should have arrived, of each SKU."""
    arrivals: dict[int, list[DayUnits]] = {}
    late: dict[int, int] = {}
    location_ids = network.location_ids[places].tolist()
    for item in expected_supply(sku_ids, location_ids, horizon.end):
        if item.expected_at < now:
            late[item.sku_id] = late.get(item.sku_id, 0) + item.quantity
        else:
            day = horizon.day_of(item.expected_at)
            arrivals.setdefault(item.sku_id, []).append((day, item.quantity))
    return arrivals, late


def _promised(
    sku_ids: Collection[int], channel_id: int, horizon: Horizon
) -> tuple[dict[int, list[DayUnits]], dict[int, int]]:
    """Return what is due by day on any channel, and how much waits on this one, of each SKU.

    Channels draw on the same supply, so what one has promised no other may promise again.
    """
    dues: dict[int, list[DayUnits]] = {}
    taken: dict[int, int] = {}
    for sku_id, owner, due, units in fetch_all(_OPEN, [list(sku_ids)]):
        if owner == channel_id:
            taken[sku_id] = taken.get(sku_id, 0) + units
        if due is not None:
            dues.setdefault(sku_id, []).append(((due - horizon.today).days, units))
    return dues, taken


def _outlook(
    item: SkuFacts, known: Mapping[int, Prospect], horizon: Horizon, sale: FutureSale | None
) -> SkuOutlook:
    needs = [(part.sku_id, part.quantity) for part in item.components] or [(item.id, 1)]
    several = [(known[sku_id], quantity) for sku_id, quantity in needs]
    spare = [min(units) for units in zip(*(_of_kit(*need) for need in several), strict=True)]
    arrivals = _by_day(event for prospect, _ in several for event in prospect.arrivals)
    dues = _by_day(event for prospect, _ in several for event in prospect.dues)
    days = [
        DayOutlook(
            day=horizon.today + timedelta(days=day),
            arriving=arrivals.get(day, 0),
            due=dues.get(day, 0),
            promisable=units,
        )
        for day, units in enumerate(spare)
        if day == 0 or day in arrivals or day in dues or units != spare[day - 1]
    ]
    return SkuOutlook(
        sku=item.code,
        now=min(prospect.now // quantity for prospect, quantity in several),
        late=sum(prospect.late for prospect, _ in several),
        days=tuple(days),
        limit=None if sale is None or item.components else _use(sale, known[item.id].taken),
    )


def _of_kit(prospect: Prospect, quantity: int) -> list[int]:
    return [units // quantity for units in prospect.spare]


def _by_day(events: Iterable[DayUnits]) -> dict[int, int]:
    ordered = sorted((max(day, 0), units) for day, units in events)
    return {
        day: sum(units for _, units in group)
        for day, group in groupby(ordered, key=lambda event: event[0])
    }


def _use(sale: FutureSale, taken: int) -> LimitUse:
    return LimitUse(
        code=sale.code,
        kind=sale.kind,
        limit=sale.limit,
        taken=taken,
        left=None if sale.limit is None else max(0, sale.limit - taken),
        needs_supply=sale.needs_supply,
        not_before=sale.not_before,
    )


def _stored(row: models.FutureSale) -> StoredSale:
    return StoredSale(
        version=row.version,
        updated_at=row.updated_at,
        sale=FutureSale(
            code=row.code,
            name=row.name,
            kind=FutureSaleKind(row.kind),
            channels=tuple(row.channels),
            categories=tuple(row.categories),
            tags=tuple(row.tags),
            skus=tuple(row.skus),
            limit=row.limit,
            needs_supply=row.needs_supply,
            horizon_days=row.horizon_days,
            not_before=row.not_before,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            priority=row.priority,
            active=row.active,
        ),
    )

"""What is on its way to whom, and how much there will be to sell."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext

from chaland.backorders.queries import Horizon, outlooks
from chaland.catalog.queries import sku_facts_by_id
from chaland.console.step_chart import Step, StepChart, step_chart
from chaland.inventory.queries import supply
from chaland.inventory.types import OPEN_STATES, SupplyKind, SupplyState, SupplyView
from chaland.network.types import ChannelFacts, NetworkSnapshot

HORIZON = timedelta(days=28)
SHOWN = 6
_MOST_LINES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """Units on their way to a site."""

    units: int
    site: str
    what: str
    reference: str
    expected_at: datetime
    late: bool
    planned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Future:
    """What is on its way, the next first, and what may be promised of the product day by day."""

    coming: list[Coming]
    more: int
    steps: list[Step]
    chart: StepChart | None


def future(
    sku_id: int,
    *,
    channel: ChannelFacts | None,
    network: NetworkSnapshot,
    visible: Collection[int] | None,
    now: datetime,
) -> Future:
    """Read what comes of a SKU, and what *channel* may promise of it; None has no such days."""
    lines = sorted(
        supply(
            sku_ids=[sku_id],
            places=visible,
            states=tuple(OPEN_STATES),
            now=now,
            limit=_MOST_LINES,
        ),
        key=lambda line: (line.state is SupplyState.PLANNED, line.expected_at),
    )
    names = {item.code: item.name for item in network.organisations}
    names.update((item.code, item.name) for item in network.locations)
    steps = [] if channel is None else _steps(sku_id, channel, network, visible, now)
    return Future(
        coming=[_coming(line, names) for line in lines[:SHOWN]],
        more=max(0, len(lines) - SHOWN),
        steps=steps,
        chart=step_chart(steps, start=now, end=now + HORIZON) if len(steps) > 1 else None,
    )


def _steps(
    sku_id: int,
    channel: ChannelFacts,
    network: NetworkSnapshot,
    visible: Collection[int] | None,
    now: datetime,
) -> list[Step]:
    """Return what may be promised from each day on which it changes; the API tells the same."""
    zone = timezone.get_current_timezone()
    horizon = Horizon.of(now, HORIZON.days, ZoneInfo(str(zone)))
    among = None if visible is None else np.isin(network.location_ids, list(visible))
    facts = sku_facts_by_id([sku_id])[sku_id]
    (told,) = outlooks(channel.code, [facts], network, horizon, now=now, among=among)
    changes = [
        Step(datetime.combine(day.day, time.min, zone), day.promisable)
        for day in told.days
        if day.day > horizon.today
    ]
    return [Step(now, told.now), *changes]


def _coming(line: SupplyView, names: dict[str, str]) -> Coming:
    return Coming(
        units=line.open,
        site=names.get(line.destination, line.destination),
        what=_what(line, names),
        reference=line.reference,
        expected_at=line.expected_at,
        late=line.late,
        planned=line.state is SupplyState.PLANNED,
    )


def _what(line: SupplyView, names: dict[str, str]) -> str:
    if line.kind is SupplyKind.TRANSFER:
        origin = names.get(line.origin or "", line.origin or "")
        return gettext("transfer from %(site)s") % {"site": origin}
    if line.supplier:
        return gettext("ordered from %(supplier)s") % {
            "supplier": names.get(line.supplier, line.supplier)
        }
    return gettext("ordered")

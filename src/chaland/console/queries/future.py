"""What is on its way to whom, and how much there will be to sell."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext

from chaland.console.step_chart import Step, StepChart, step_chart
from chaland.inventory.queries import supply
from chaland.inventory.types import OPEN_STATES, SupplyKind, SupplyState, SupplyView
from chaland.network.types import NetworkSnapshot

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
    """What is on its way, the next first, and the steps that it makes to what is for sale."""

    coming: list[Coming]
    more: int
    steps: list[Step]
    chart: StepChart | None


def future(
    sku_id: int,
    *,
    for_sale: int,
    sold_at: Collection[int],
    network: NetworkSnapshot,
    visible: Collection[int] | None,
    now: datetime,
) -> Future:
    """Read what comes of a SKU; units for a location outside *sold_at* are not for sale there."""
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
    arriving = [
        line
        for line in lines
        if line.state is not SupplyState.PLANNED and line.destination_id in sold_at
    ]
    steps = _steps(arriving, for_sale, now)
    return Future(
        coming=[_coming(line, names) for line in lines[:SHOWN]],
        more=max(0, len(lines) - SHOWN),
        steps=steps,
        chart=step_chart(steps, start=now, end=now + HORIZON) if len(steps) > 1 else None,
    )


def _steps(arriving: Collection[SupplyView], for_sale: int, now: datetime) -> list[Step]:
    """Add up what arrives; late supply is not counted before anybody says when it comes."""
    steps, units = [Step(now, for_sale)], for_sale
    for line in arriving:
        if now < line.expected_at <= now + HORIZON:
            units += line.open
            steps.append(Step(line.expected_at, units))
    return steps


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

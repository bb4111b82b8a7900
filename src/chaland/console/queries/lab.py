"""The lab's runs as the console shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chaland.console.lab_charts import Scatter, Whisker, scatter, whisker
from chaland.kernel.ids import to_public
from chaland.lab.queries import runs
from chaland.lab.types import RUN_PREFIX, LabState, RunView
from chaland.network.queries import snapshot

MOST_SITES = 12

MEASURES: tuple[tuple[str, str | Promise, str], ...] = (
    ("cost", _("Cost an order"), "money"),
    ("parcels", _("Parcels an order"), "number"),
    ("split", _("Orders in several parcels"), "share"),
    ("refusals", _("Lines that pickers missed, an order"), "number"),
    ("kept", _("Promises kept"), "share"),
    ("co2", _("CO₂ an order"), "weight"),
    ("unfilled", _("Units that nobody had, an order"), "number"),
)

WEIGHTS: dict[str, str | Promise] = {
    "delay_per_line_day": _("a line's day of waiting"),
    "extra_parcel": _("each further parcel"),
    "unpickable_unit": _("a unit that is not found"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LabRow:
    """A run as a line of the list."""

    id: str
    url: str
    view: RunView
    last: datetime
    under_way: bool
    bar: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureRow:
    """One measure of a way beside today's."""

    name: str | Promise
    today: str
    value: str
    difference: str
    low: str
    high: str
    drawn: Whisker


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRow:
    """A site's work under a way, beside today's; bars are percent of the busiest."""

    code: str
    name: str
    today: int
    parcels: int
    today_bar: int
    bar: int
    refusals: int
    stock_outs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WayCard:
    """What one way came to."""

    name: str
    weights: Sequence[tuple[str | Promise, str]]
    measures: Sequence[MeasureRow]
    sites: Sequence[SiteRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabPage:
    """A run with its answer so far."""

    row: LabRow
    orders: int
    cards: Sequence[WayCard]
    kept: Scatter | None
    co2: Scatter | None


def lab_rows() -> list[LabRow]:
    """Return the latest runs."""
    return [lab_row(view) for view in runs(limit=50)]


def lab_row(view: RunView) -> LabRow:
    """Return a run as it is listed."""
    public = to_public(RUN_PREFIX, view.id)
    return LabRow(
        id=public,
        url=reverse("console:lab_run", args=[public]),
        view=view,
        last=view.spec.ends_at - timedelta(seconds=1),
        under_way=view.state in {LabState.QUEUED, LabState.RUNNING},
        bar=round(100 * view.progress),
    )


def lab_page(view: RunView) -> LabPage:
    """Return a run as its page shows it; of a search, the best ways alone."""
    results: Mapping[str, Any] = view.results
    ways: list[Mapping[str, Any]] = list(results.get("ways", []))
    frontiers: Mapping[str, list[int]] = results.get("frontiers", {})
    shown = range(1, len(ways))
    names = [_name(at, way) for at, way in enumerate(ways)]
    if frontiers:
        shown_best = [at for at in frontiers["kept"] if at]
        cards = [_card(names[at], ways[0], ways[at]) for at in shown_best]
    else:
        cards = [_card(names[at], ways[0], ways[at]) for at in shown]
    drawn = len(ways) > 1 and bool(frontiers)
    return LabPage(
        row=lab_row(view),
        orders=int(results.get("orders", 0)),
        cards=cards,
        kept=scatter(ways, frontiers["kept"], "kept", names) if drawn else None,
        co2=scatter(ways, frontiers["co2"], "co2", names) if drawn else None,
    )


def _name(at: int, way: Mapping[str, Any]) -> str:
    if at == 0:
        return gettext("Today")
    weights = ", ".join(f"{name} {value}" for name, value in way["weights"].items())
    return f"{way['name']}: {weights}" if weights else str(way["name"])


def _card(name: str, today: Mapping[str, Any], way: Mapping[str, Any]) -> WayCard:
    return WayCard(
        name=name,
        weights=[(WEIGHTS.get(key, key), value) for key, value in way["weights"].items()],
        measures=[_measure(key, title, kind, way) for key, title, kind in MEASURES],
        sites=_sites(today["sites"], way["sites"]),
    )


def _measure(key: str, title: str | Promise, kind: str, way: Mapping[str, Any]) -> MeasureRow:
    difference = way["differences"][key]
    return MeasureRow(
        name=title,
        today=_number(difference["before"], kind),
        value=_number(way["measures"][key]["mean"], kind),
        difference=_signed(difference["mean"], kind),
        low=_signed(difference["low"], kind),
        high=_signed(difference["high"], kind),
        drawn=whisker(key, difference),
    )


def _number(value: float, kind: str) -> str:
    if kind == "share":
        return f"{number_format(100 * value, 1)} %"
    if kind == "money":
        return f"{number_format(value, 2)} €"
    return f"{number_format(value, 3)} kg" if kind == "weight" else number_format(value, 3)


def _signed(value: float, kind: str) -> str:
    sign = "−" if value < 0 else "+"
    return (sign if value else "") + _number(abs(value), kind)


def _sites(today: Sequence[Mapping[str, Any]], way: Sequence[Mapping[str, Any]]) -> list[SiteRow]:
    """Return the sites whose load differs most."""
    network = snapshot()
    before = {item["code"]: item for item in today}
    after = {item["code"]: item for item in way}
    nothing = {"parcels": 0, "refusals": 0, "stock_outs": 0}
    most = max((item["parcels"] for item in (*today, *way)), default=0) or 1

    def change(code: str) -> tuple[int, str]:
        was, now = before.get(code, nothing), after.get(code, nothing)
        return -max(abs(now["parcels"] - was["parcels"]), now["parcels"] // 4), code

    rows = []
    for code in sorted({*before, *after}, key=change)[:MOST_SITES]:
        was, now = before.get(code, nothing), after.get(code, nothing)
        place = network.location(code)
        rows.append(
            SiteRow(
                code=code,
                name=code if place is None else place.name,
                today=was["parcels"],
                parcels=now["parcels"],
                today_bar=round(100 * was["parcels"] / most),
                bar=round(100 * now["parcels"] / most),
                refusals=now["refusals"],
                stock_outs=now["stock_outs"],
            )
        )
    return sorted(rows, key=lambda row: -row.parcels)

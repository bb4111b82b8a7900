"""The choice is the cheapest there is: compared with every plan, priced by the simplest means."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from decimal import Decimal
from itertools import product
from operator import le
from typing import Any

import highspy
from hypothesis import given, settings
from hypothesis import strategies as st

from chaland.kernel.geo import GeoPoint, distance_km
from chaland.promise.rules.carriage import as_cost
from chaland.promise.types import CarrierServiceFacts
from chaland.sourcing.engine import decide
from chaland.sourcing.types import Demand, Outcome, SplitLimits, StrategyWeights
from tests.sourcing.worlds import (
    LILLE,
    LYON,
    MARSEILLE,
    PARIS,
    Scene,
    Site,
    chosen,
    service,
    ship,
    tariff,
)

PLACES = (PARIS, LYON, LILLE, MARSEILLE)
IMPOSSIBLE = 10**12
FREE = tariff((1_000, [(None, "0.00")]))


@dataclass(frozen=True)
class Parcel:
    """Some units of each line from one site."""

    site: int
    units: tuple[int, ...]

    @property
    def lines(self) -> list[int]:
        """Return the numbers of the lines of which it carries any."""
        return [number for number, units in enumerate(self.units) if units]


def price_of(scene: Scene, demand: Demand, parcel: Parcel, option: CarrierServiceFacts) -> int:
    """Price one parcel from the tariff itself, and its waiting from the engine's window."""
    site = scene.sites[parcel.site]
    km = distance_km(GeoPoint(*site.at), GeoPoint(demand.latitude, demand.longitude))
    grams = sum(parcel.units[n] * demand.lines[n].weight_grams for n in parcel.lines)
    heaviest = option.tariff[-1].max_weight_grams
    if max(demand.lines[n].weight_grams for n in parcel.lines) > heaviest:
        return IMPOSSIBLE
    freight, left = 0, grams
    while left > heaviest:
        freight += band_price(option, heaviest, km)
        left -= heaviest
    freight += band_price(option, left, km)
    arrival = latest(site, option, (demand.latitude, demand.longitude), scene.now)
    if arrival is None:
        return IMPOSSIBLE
    waited = int((arrival - scene.now).total_seconds())
    per_line = waited * as_cost(scene.weights.delay_per_line_day) // 86_400
    handling = as_cost(Decimal(site.per_order)) + len(parcel.lines) * as_cost(
        Decimal(site.per_line)
    )
    extras = extra_price(scene, demand, parcel, km, grams, option)
    return freight + handling + len(parcel.lines) * per_line + extras


def extra_price(
    scene: Scene,
    demand: Demand,
    parcel: Parcel,
    km: float,
    grams: int,
    option: CarrierServiceFacts,
) -> int:
    """Price what a parcel costs beside carriage, work and waiting."""
    site, weights = scene.sites[parcel.site], scene.weights
    hectometres = int(km * 10 + 0.5)
    co2 = as_cost(weights.co2_per_kg) * float(option.co2_grams_per_kg_km) / 10**7
    total = scene.site_prices.get(site.code, 0)
    total += hectometres * as_cost(weights.distance_per_km) // 10
    total += round(hectometres * grams * co2)
    if site.capacity:
        used = min(scene.load.get(site.code, 0), site.capacity)
        total += as_cost(weights.capacity) * used // site.capacity
    for number in parcel.lines:
        line = demand.lines[number]
        missing = scene.unpickable.get(line.sku_id, {}).get(site.code, 0)
        total += parcel.units[number] * (
            round(scene.scarcity.get(line.sku_id, {}).get(site.code, 0) * float(weights.scarcity))
            + round(missing * as_cost(weights.unpickable_unit))
            - round(scene.ageing.get(line.sku_id, {}).get(site.code, 0) * float(weights.ageing))
        )
    return total


_arrivals: dict[tuple[object, ...], datetime | None] = {}


def latest(
    site: Site, option: CarrierServiceFacts, at: tuple[float, float], now: datetime
) -> datetime | None:
    """Return when goods of a site that is alone in the world arrive at the latest."""
    key = (site.at, site.cut_off, option.transit_bands, at, now)
    if key not in _arrivals:
        alone = Scene(
            sites=[Site(code="x", at=site.at, cut_off=site.cut_off)],
            stock={1: {"x": 1}},
            services=[replace(option, tariff=FREE)],
            now=now,
        )
        (found,) = decide([ship({1: 1}, at=at)], alone.world())
        _arrivals[key] = None if found.window is None else found.window.latest
    return _arrivals[key]


def band_price(option: CarrierServiceFacts, grams: int, km: float) -> int:
    row = next(row for row in option.tariff if grams <= row.max_weight_grams)
    for band in row.bands:
        if band.up_to_km is None or km <= band.up_to_km:
            return as_cost(band.price)
    return IMPOSSIBLE


def cheapest(scene: Scene, demand: Demand) -> int | None:
    """Let a solver choose among all parcels that any site could send."""
    assert scene.services is not None
    extra = as_cost(scene.weights.extra_parcel)
    wanted = [line.quantity for line in demand.lines]
    held = [
        [scene.stock[line.sku_id].get(site.code, 0) for line in demand.lines]
        for site in scene.sites
    ]
    parcels = [
        (Parcel(site, units), cost + extra)
        for site in range(len(scene.sites))
        for units in product(*(range(quantity + 1) for quantity in wanted))
        if any(units) and all(map(le, units, held[site]))
        for cost in [min(price_of(scene, demand, Parcel(site, units), o) for o in scene.services)]
        if cost < IMPOSSIBLE
    ]
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call] # the solver has no types
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", 0.25)
    used = [solver.addIntegral(0, sum(wanted), cost) for _, cost in parcels]
    lines = range(len(wanted))
    for number in lines:
        units = [parcel.units[number] for parcel, _ in parcels]
        if not any(units):
            return None
        solver.addConstr(total_of(used, units) == wanted[number])
        for site in range(len(held)):
            own = [parcel.units[number] if parcel.site == site else 0 for parcel, _ in parcels]
            if any(own):
                solver.addConstr(total_of(used, own) <= held[site][number])
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return round(float(solver.getObjectiveValue())) - extra


def total_of(variables: Sequence[Any], factors: Sequence[int]) -> Any:
    pairs = [(item, factor) for item, factor in zip(variables, factors, strict=True) if factor]
    return highspy.Highs.qsum(item * factor for item, factor in pairs)


amounts = st.integers(0, 900).map(lambda cents: f"{cents / 100:.2f}")


@st.composite
def tariffs(draw: st.DrawFn) -> CarrierServiceFacts:
    """Draw a service; its prices follow no order, so that no shortcut about tariffs helps."""
    shapes: list[list[int | None]] = [[None], [100, None], [250, 500], [250, 700, None]]
    limits = draw(st.sampled_from(shapes))
    rows = [
        (grams, [(km, draw(amounts)) for km in limits])
        for grams in draw(st.sampled_from([[500, 2_000], [1_000], [300, 900, 5_000]]))
    ]
    return service(
        draw(st.sampled_from(["a", "b"])),
        prices=tariff(*rows),
        bands=draw(st.sampled_from([((None, 1, 2),), ((200, 1, 1), (None, 2, 3))])),
    )


@st.composite
def sites_of(draw: st.DrawFn) -> Site:
    return Site(
        code="",
        at=draw(st.sampled_from(PLACES)),
        per_order=draw(amounts),
        per_line=draw(amounts),
        cut_off=draw(st.sampled_from([time(9), time(16)])),
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[Scene, Demand]:
    count = draw(st.sampled_from([1, 2, 3, 3, 4]))
    drawn = draw(st.lists(sites_of(), min_size=1, max_size=5))
    sites = [
        Site(
            code=f"s{number}",
            at=site.at,
            per_order=site.per_order,
            per_line=site.per_line,
            cut_off=site.cut_off,
        )
        for number, site in enumerate(drawn)
    ]
    stock = {
        sku: {site.code: draw(st.sampled_from([0, 1, 3])) for site in sites}
        for sku in range(1, count + 1)
    }
    options = draw(st.lists(tariffs(), min_size=1, max_size=2, unique_by=lambda item: item.code))
    weights = StrategyWeights(
        delay_per_line_day=Decimal(draw(amounts)) / 4, extra_parcel=Decimal(draw(amounts))
    )
    scene = Scene(sites=sites, stock=stock, services=options, weights=weights)
    if draw(st.booleans()):
        further_terms(draw, scene)
    lines = [(sku, draw(st.sampled_from([1, 1, 2]))) for sku in range(1, count + 1)]
    demand = ship(lines, grams=draw(st.sampled_from([0, 200, 450, 1_200])))
    return scene, demand


def further_terms(draw: st.DrawFn, scene: Scene) -> None:
    """Let everything count that can, credits included."""
    codes = [site.code for site in scene.sites]
    prices = st.sampled_from([-40_000, -9_000, 0, 0, 700, 30_000])
    scene.weights = replace(
        scene.weights,
        distance_per_km=draw(st.sampled_from([Decimal(0), Decimal("0.013")])),
        co2_per_kg=draw(st.sampled_from([Decimal(0), Decimal(90)])),
        capacity=draw(st.sampled_from([Decimal(0), Decimal("3.10")])),
        unpickable_unit=Decimal(draw(amounts)),
        scarcity=draw(st.sampled_from([Decimal(1), Decimal("0.5")])),
        ageing=draw(st.sampled_from([Decimal(0), Decimal(1)])),
    )
    scene.sites = [
        replace(site, capacity=draw(st.sampled_from([0, 4, 10]))) for site in scene.sites
    ]
    scene.load = {code: draw(st.integers(0, 3)) for code in codes}
    scene.site_prices = {code: draw(prices) for code in codes}
    scene.scarcity = {sku: {code: abs(draw(prices)) for code in codes} for sku in scene.stock}
    scene.ageing = {sku: {code: abs(draw(prices)) for code in codes} for sku in scene.stock}
    chances = st.sampled_from([0.0, 0.25, 0.5])
    scene.unpickable = {sku: {code: draw(chances) for code in codes} for sku in scene.stock}


@settings(max_examples=150, deadline=None)
@given(cases())
def test_no_plan_is_cheaper(case: tuple[Scene, Demand]) -> None:
    scene, demand = case
    (decision,) = decide([demand], scene.world())
    best = cheapest(scene, demand)
    if best is None:
        assert decision.outcome is Outcome.UNROUTABLE
    else:
        assert decision.outcome is Outcome.SOURCED
        assert decision.cost.total == best


@settings(max_examples=60, deadline=None)
@given(cases(), st.sampled_from([2, 3]), st.booleans())
def test_limits_of_a_split_hold(case: tuple[Scene, Demand], most: int, divide: bool) -> None:  # noqa: FBT001
    scene, demand = case
    (free,) = decide([demand], scene.world())
    scene.split = SplitLimits(parcels=most, divide_lines=divide)
    (decision,) = decide([demand], scene.world())
    if decision.outcome is not Outcome.SOURCED:
        return
    assert decision.cost.total >= free.cost.total
    assert len(decision.assignments) <= most
    if not divide:
        parts = [number for lines in chosen(decision).values() for number in lines]
        assert len(parts) == len(demand.lines)


@settings(max_examples=60, deadline=None)
@given(cases(), st.data())
def test_groups_and_lines_that_ship_alone_travel_as_they_ask(
    case: tuple[Scene, Demand], data: st.DataObject
) -> None:
    scene, demand = case
    kinds = [data.draw(st.sampled_from(["", "", "set", "alone"])) for _ in demand.lines]
    lines = tuple(
        replace(line, ships_alone=kind == "alone", parcel_group=kind if kind == "set" else "")
        for line, kind in zip(demand.lines, kinds, strict=True)
    )
    (free,) = decide([demand], scene.world())
    (decision,) = decide([replace(demand, lines=lines)], scene.world())
    if decision.outcome is not Outcome.SOURCED:
        return
    assert free.outcome is Outcome.SOURCED
    assert decision.cost.total >= free.cost.total
    given_by = [{part.line for part in item.portions} for item in decision.assignments]
    assert sum(part.cost.total for part in decision.assignments) + decision.cost.parcels == (
        decision.cost.total
    )
    together = {number for number, kind in enumerate(kinds) if kind == "set"}
    assert sum(bool(together & numbers) for numbers in given_by) == bool(together)
    for numbers in given_by:
        assert len(numbers) == 1 or all(kinds[number] != "alone" for number in numbers)


@settings(max_examples=60, deadline=None)
@given(
    quantity=st.integers(2, 12),
    stocks=st.lists(st.integers(0, 11), min_size=2, max_size=5),
    option=tariffs(),
    unit=st.sampled_from([0, 90, 200]),
)
def test_a_line_of_many_units_is_divided_as_pays_best(
    quantity: int, stocks: list[int], option: CarrierServiceFacts, unit: int
) -> None:
    sites = [
        Site(code=f"s{number}", at=PLACES[number % 4], per_order=f"{number}.10")
        for number in range(len(stocks))
    ]
    held = {site.code: units for site, units in zip(sites, stocks, strict=True)}
    scene = Scene(sites=sites, stock={1: held}, services=[option])
    demand = ship({1: quantity}, grams=unit)
    (decision,) = decide([demand], scene.world())
    best = cheapest(scene, demand)
    assert (decision.outcome is Outcome.SOURCED) == (best is not None)
    if best is not None:
        assert decision.cost.total == best

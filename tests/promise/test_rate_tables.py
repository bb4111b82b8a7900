"""What a parcel costs, table against a calculation parcel by parcel from the card itself."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaland.network.types import LocationGroupFacts
from chaland.promise.rules.areas import AreaMap, area_from
from chaland.promise.rules.carriage import OUT_OF_REACH, Cargo, carriage_of, cosine_at
from chaland.promise.rules.charges import charges_problems
from chaland.promise.types import (
    Area,
    Box,
    Charges,
    OriginKind,
    RateCardFacts,
    RateRow,
    RemoteSurcharge,
    SeasonSurcharge,
)
from tests.sourcing.worlds import Scene, Site, service

DAY = date(2026, 3, 2)
AREAS = (Area("*"), Area("FR"), Area("FR", "2"), Area("FR", "20"), Area("BE"), Area("BE", "9"))
DESTINATIONS = (
    ("FR", "75001"),
    ("FR", "20 200"),
    ("FR", "21000"),
    ("BE", "9000"),
    ("BE", "B-1000"),
    ("DE", "1"),
)
WEIGHTS = (500, 2_000, 10_000)
KM = (None, 100, 400)
AMOUNTS = st.decimals(Decimal(0), Decimal(40), places=2)


def test_areas_are_read_as_they_are_written() -> None:
    read = [area_from(text) for text in (" fr-2a ", "BE", "*", "France", "FR-", "")]
    assert read == [Area("FR", "2A"), Area("BE"), Area("*"), None, None, None]


@pytest.mark.parametrize(
    ("country", "code", "expected"),
    [
        ("FR", "20 200", "FR-20"),
        ("FR", "21000", "FR-2"),
        ("FR", "F-20167", "FR"),
        ("FR", "FR-20167", "FR-20"),
        ("BE", "1000", "BE"),
        ("DE", "20000", "*"),
    ],
)
def test_a_destination_is_in_the_finest_area(country: str, code: str, expected: str) -> None:
    areas = AreaMap(AREAS)
    assert str(areas.areas[areas.place_of(country, code)]) == expected


@st.composite
def rows(draw: st.DrawFn) -> tuple[RateRow, ...]:
    keys = draw(
        st.lists(
            st.tuples(st.sampled_from(AREAS), st.sampled_from(WEIGHTS), st.sampled_from(KM)),
            min_size=1, max_size=14, unique=True,
        )
    )  # fmt: skip
    return tuple(
        RateRow(areas=(area,), max_weight_grams=grams, up_to_km=km, price=draw(AMOUNTS))
        for area, grams, km in keys
    )


@st.composite
def charges(draw: st.DrawFn) -> Charges:
    boxes = draw(st.lists(st.integers(1, 60_000), max_size=3, unique=True))
    return Charges(
        volumetric_divisor=draw(st.sampled_from((None, 3000, 5000))),
        fuel_percent=draw(st.decimals(Decimal(0), Decimal(40), places=2)),
        per_parcel=draw(AMOUNTS),
        oversize_mm=draw(st.sampled_from((None, 1200))),
        oversize=draw(AMOUNTS),
        remote=(RemoteSurcharge(areas=(Area("FR", "20"), Area("BE")), amount=draw(AMOUNTS)),),
        seasons=(SeasonSurcharge(first=DAY, last=DAY + timedelta(days=1), amount=draw(AMOUNTS)),),
        boxes=tuple(
            Box(volume_cm3=size, cost=draw(AMOUNTS), tare_grams=draw(st.integers(0, 400)))
            for size in sorted(boxes)
        ),
    )


CARGO = st.builds(
    lambda unit, count, volume, longest: Cargo(unit * count, unit, volume * count, longest),
    st.integers(0, 6_000),
    st.integers(1, 9),
    st.integers(0, 30_000),
    st.sampled_from((300, 1_500)),
)


@given(
    card_rows=rows(),
    extra=charges(),
    cargo=CARGO,
    to=st.sampled_from(DESTINATIONS),
    km=st.sampled_from((5, 150, 900)),
    day=st.sampled_from((DAY - timedelta(days=1), DAY, DAY + timedelta(days=2))),
)
def test_a_table_says_what_each_parcel_costs(
    card_rows: tuple[RateRow, ...],
    extra: Charges,
    cargo: Cargo,
    to: tuple[str, str],
    km: int,
    day: date,
) -> None:
    stated = replace(service(bands=((None, 1, 2),)), charges=extra)
    carriage = carriage_of(stated, (card(card_rows, valid_from=date(2020, 1, 1)),))
    found = carriage.freight(
        cargo,
        location=0,
        day=day.toordinal(),
        area=carriage.areas.place_of(*to),
        cosine=cosine_at(km),
    )
    assert found == plain(card_rows, extra, cargo, to, km, day)


def card(
    card_rows: tuple[RateRow, ...],
    *,
    valid_from: date,
    kind: OriginKind = OriginKind.ALL,
    origin: str = "",
    number: int = 1,
) -> RateCardFacts:
    return RateCardFacts(
        id=UUID(int=number),
        version=1,
        service_code="home-standard",
        valid_from=valid_from,
        rows=card_rows,
        origin_kind=kind,
        origin=origin,
    )


def plain(
    card_rows: Sequence[RateRow],
    extra: Charges,
    cargo: Cargo,
    to: tuple[str, str],
    km: int,
    day: date,
) -> int:
    """Weigh, pack and charge one parcel after another, in plain decimals."""
    heaviest = max(row.max_weight_grams for row in card_rows)
    packed = plain_parcels(extra, cargo, heaviest)
    if packed is None:
        return OUT_OF_REACH
    box_cost, weights = packed
    total = 0
    for weight in weights:
        price = row_price(card_rows, weight, to, km)
        if price is None:
            return OUT_OF_REACH
        total += whole(price) + whole(price * extra.fuel_percent / 100)
        total += whole(extra.per_parcel) + whole(box_cost)
        if extra.oversize_mm and cargo.longest_mm > extra.oversize_mm:
            total += whole(extra.oversize)
        if to[0] == "BE" or (to[0] == "FR" and to[1].startswith("20")):
            total += whole(extra.remote[0].amount)
        if extra.seasons[0].first <= day <= extra.seasons[0].last:
            total += whole(extra.seasons[0].amount)
    return total


def plain_parcels(extra: Charges, cargo: Cargo, heaviest: int) -> tuple[Decimal, list[int]] | None:
    """Return what a box costs and what each parcel weighs; None where a unit is too heavy."""
    grams = cargo.grams
    if extra.volumetric_divisor:
        grams = max(grams, -(-cargo.volume_cm3 * 1000 // extra.volumetric_divisor))
    shares, tare, box_cost = 1, 0, Decimal(0)
    tares = [min(box.tare_grams, heaviest - 1) for box in extra.boxes]
    if cargo.heaviest_unit > heaviest - max(tares, default=0):
        return None
    if extra.boxes:
        shares = max(1, -(-cargo.volume_cm3 // extra.boxes[-1].volume_cm3))
        each = -(-cargo.volume_cm3 // shares)
        size = next(n for n, box in enumerate(extra.boxes) if box.volume_cm3 >= each)
        tare, box_cost = tares[size], extra.boxes[size].cost
        grams = -(-grams // shares)
    one_share: list[int] = []
    while grams > heaviest - tare:
        one_share.append(heaviest)
        grams -= heaviest - tare
    one_share.append(grams + tare)
    return box_cost, one_share * shares


def row_price(
    card_rows: Sequence[RateRow], weight: int, to: tuple[str, str], km: int
) -> Decimal | None:
    """Return the price of the lightest row that is heavy enough and reaches the place."""
    code = to[1].replace(" ", "").replace("-", "").removeprefix("B")
    names = [(to[0], code[:length]) for length in (2, 1, 0)] + [("*", "")]
    named = next(
        (Area(*name) for name in names if any(Area(*name) in r.areas for r in card_rows)), None
    )
    usable = [
        row
        for row in card_rows
        if named in row.areas
        and row.max_weight_grams >= weight
        and (row.up_to_km is None or km <= row.up_to_km)
    ]
    best = min(usable, key=lambda row: (row.max_weight_grams, row.up_to_km or 10**6), default=None)
    return None if best is None else best.price


def whole(amount: Decimal) -> int:
    return int((amount * 10_000).to_integral_value(ROUND_HALF_EVEN))


def test_the_most_specific_card_in_force_on_the_day_of_departure_counts() -> None:
    def flat(price: str) -> tuple[RateRow, ...]:
        return (
            RateRow(
                areas=(Area("*"),), max_weight_grams=30_000, up_to_km=None, price=Decimal(price)
            ),
        )

    later = DAY + timedelta(days=10)
    cards = (
        card(flat("2"), valid_from=DAY, number=1),
        card(flat("3"), valid_from=later, number=2),
        card(flat("4"), valid_from=DAY, kind=OriginKind.GROUP, origin="north", number=3),
        card(flat("5"), valid_from=later, kind=OriginKind.LOCATION, origin="lille", number=4),
    )
    scene = Scene(
        sites=[Site(code="lille", at=(50.6, 3.1)), Site(code="paris", at=(48.9, 2.3))],
        stock={1: {"lille": 1, "paris": 1}},
        services=[service()],
    )
    network = scene.world().network
    north = {"north": replace(_group(), code="north", locations=("lille",))}
    carriage = carriage_of(service(), cards, replace(network, groups=north))
    days = [(DAY + timedelta(days=n)).toordinal() for n in (-1, 0, 10)]
    found = [
        [
            carriage.freight(Cargo(100), location=at, day=day, area=0, cosine=cosine_at(5))
            for day in days
        ]
        for at in (0, 1)
    ]
    own = whole(Decimal("4.90"))
    assert found == [[own, 40_000, 50_000], [own, 20_000, 30_000]]
    for day in days:
        both = np.array([day, day])
        one_by_one = [carriage.tariff_at(at, day) for at in (0, 1)]
        assert carriage.tariffs_of(both).tolist() == one_by_one


def test_what_is_wrong_with_charges_is_named() -> None:
    wrong = Charges(
        volumetric_divisor=5,
        fuel_percent=Decimal(501),
        per_parcel=Decimal(-1),
        oversize_mm=0,
        remote=(RemoteSurcharge(areas=(Area("XX"),), amount=Decimal(1)),),
        seasons=(SeasonSurcharge(first=DAY, last=DAY - timedelta(days=1), amount=Decimal(1)),),
        boxes=(
            Box(volume_cm3=10, cost=Decimal(0), tare_grams=900),
            Box(volume_cm3=10, cost=Decimal(0), tare_grams=0),
        ),
        co2_grams_per_parcel=-1,
    )
    assert {problem.field for problem in charges_problems(wrong, 500)} == {
        "charges.volumetric_divisor",
        "charges.fuel_percent",
        "charges.per_parcel",
        "charges.oversize_mm",
        "charges.co2_grams_per_parcel",
        "charges.boxes[0].tare_grams",
        "charges.boxes[1].volume_cm3",
        "charges.remote[0].areas",
        "charges.seasons[0].last",
    }


def _group() -> LocationGroupFacts:
    return LocationGroupFacts(id=1, code="", name="", locations=(), version=1)

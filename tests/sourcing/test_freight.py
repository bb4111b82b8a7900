"""What a batch looks up is what carriage costs, place by place; looking again is starting again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chaland.promise.engine import OUT_OF_REACH, Cargo, Carriage
from chaland.promise.rules.carriage import carriage_of, cosine_at
from chaland.promise.types import (
    Area,
    Box,
    Charges,
    OriginKind,
    RateCardFacts,
    RateRow,
    SeasonSurcharge,
)
from chaland.sourcing.rules.freight import Freight, areas_of
from chaland.sourcing.rules.items import Load
from tests.sourcing.worlds import Scene, Site, engine_of, service

MONDAY = date(2026, 3, 2)
CODES = ("s0", "s1", "s2")
KM = (20, 160, 700)
POSTAL = ("75001", "20000", "69001")
NETWORK = engine_of([Site(code=code) for code in CODES], [service()], Scene.channels).network


def rows(price: int, *, heaviest: int = 5_000) -> tuple[RateRow, ...]:
    return tuple(
        RateRow(areas=areas, max_weight_grams=grams, up_to_km=km, price=Decimal(price + more))
        for areas, grams, km, more in (
            ((Area("FR"),), 1_000, 300, 0),
            ((Area("FR"),), 1_000, None, 2),
            ((Area("FR"),), heaviest, None, 5),
            ((Area("FR", "20"),), heaviest, None, 11),
        )
    )


@st.composite
def carriages(draw: st.DrawFn) -> Carriage:
    charges = Charges(
        volumetric_divisor=draw(st.sampled_from((None, 5_000))),
        saturday=draw(st.sampled_from((Decimal(0), Decimal("3.70")))),
        oversize_mm=draw(st.sampled_from((None, 1_000))),
        oversize=Decimal(9),
        seasons=draw(
            st.sampled_from(
                (
                    (),
                    (
                        SeasonSurcharge(
                            first=MONDAY + timedelta(days=1),
                            last=MONDAY + timedelta(days=2),
                            amount=Decimal("0.60"),
                        ),
                    ),
                )
            )
        ),
        boxes=draw(
            st.sampled_from(((), (Box(volume_cm3=20_000, cost=Decimal("0.31"), tare_grams=150),)))
        ),
    )
    wanted = draw(
        st.lists(
            st.tuples(
                st.sampled_from(("", *CODES)), st.integers(-1, 3), st.integers(1, 9),
                st.sampled_from((2_000, 5_000)),
            ),
            max_size=4, unique_by=lambda item: item[:2],
        )
    )  # fmt: skip
    cards = [
        RateCardFacts(
            id=UUID(int=number), version=1, service_code="home-standard",
            valid_from=MONDAY + timedelta(days=day), rows=rows(price, heaviest=heaviest),
            origin_kind=OriginKind.LOCATION if origin else OriginKind.ALL, origin=origin,
        )
        for number, (origin, day, price, heaviest) in enumerate(wanted)
    ]  # fmt: skip
    return carriage_of(replace(service(), charges=charges), cards, NETWORK)


LOADS = st.builds(
    Load,
    st.integers(0, 12_000),
    st.integers(0, 5_200),
    st.just(1),
    st.none(),
    st.integers(0, 50_000),
    st.sampled_from((200, 1_500)),
)
DAYS = st.lists(st.integers(-1, 4), min_size=3, max_size=3)


def freight(carriage: Carriage, days: Sequence[int], arrivals: Sequence[int]) -> Freight:
    """Lay out the prices of three destinations from three sites."""
    cosines = np.array([[cosine_at(km) for km in KM]] * len(POSTAL))
    return Freight(
        carriage,
        Decimal(1),
        country="FR",
        areas=areas_of(carriage, "FR", POSTAL),
        zones=carriage.zones_of(cosines),
        days=np.array([ordinal(day) for day in days]),
        latest=np.array([latest(carriage, day) for day in arrivals]),
    )


def ordinal(day: int) -> int:
    return (MONDAY + timedelta(days=day)).toordinal()


def latest(carriage: Carriage, day: int) -> list[int]:
    """Return the ends of windows by zone: each zone a day later than the one before."""
    evening = datetime(2026, 3, 2, 19, tzinfo=UTC)
    return [
        int((evening + timedelta(days=day + zone)).timestamp()) for zone in range(carriage.zones)
    ]


@given(carriage=carriages(), days=DAYS, arrivals=DAYS, load=LOADS)
def test_a_batch_is_charged_what_carriage_costs(
    carriage: Carriage, days: list[int], arrivals: list[int], load: Load
) -> None:
    table = freight(carriage, days, arrivals)
    found = table.row(load).take(table.cells).tolist()
    assert found == [
        [plain(carriage, load, code, site, days[site], arrivals[site]) for site in range(3)]
        for code in POSTAL
    ]
    for zone in range(carriage.zones):
        reached = [
            found[n][site]
            for n in range(3)
            for site in range(3)
            if np.count_nonzero(carriage.limits > cosine_at(KM[site])) >= zone
        ]
        assert table.floor(load, zone) <= min(reached, default=OUT_OF_REACH)
        assert table.floor(None, zone) <= min(reached, default=OUT_OF_REACH)


@given(
    carriage=carriages(), days=DAYS, arrivals=DAYS, load=LOADS,
    moves=st.lists(st.tuples(st.integers(0, 2), *[st.integers(-1, 4)] * 2), max_size=4),
)  # fmt: skip
def test_looking_again_is_starting_again(
    carriage: Carriage,
    days: list[int],
    arrivals: list[int],
    load: Load,
    moves: list[tuple[int, int, int]],
) -> None:
    table = freight(carriage, days, arrivals)
    table.row(load)
    days, arrivals = list(days), list(arrivals)
    for site, day, arrival in moves:
        days[site], arrivals[site] = day, arrival
        table.refresh(site, ordinal(day), np.array(latest(carriage, arrival)))
    anew = freight(carriage, days, arrivals)
    assert table.row(load).take(table.cells).tolist() == anew.row(load).take(anew.cells).tolist()


def plain(carriage: Carriage, load: Load, code: str, site: int, day: int, arrival: int) -> int:
    """Return what one load costs from one site, and more if it comes on a Saturday."""
    cosine = cosine_at(KM[site])
    cargo = Cargo(load.grams, load.heaviest_unit, load.volume_cm3, load.longest_mm)
    price = carriage.freight(
        cargo,
        location=site,
        day=ordinal(day),
        area=carriage.areas.place_of("FR", code),
        cosine=cosine,
    )
    if price >= OUT_OF_REACH:
        return OUT_OF_REACH
    zone = int(np.count_nonzero(carriage.limits > cosine))
    if (MONDAY + timedelta(days=arrival + zone)).weekday() != 5:
        return price
    tariff = carriage.tariffs[carriage.tariff_at(site, ordinal(day))]
    packing = tariff.packing(load.grams, load.volume_cm3, load.longest_mm)
    return price + packing.parcels * carriage.saturday

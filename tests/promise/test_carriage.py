"""Zones, weights and prices are looked up as the tariff says."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaland.kernel.geo import GeoPoint, distance_km
from chaland.network.types import unit_vectors
from chaland.promise.rules.carriage import (
    OUT_OF_REACH,
    Cargo,
    as_cost,
    carriage_of,
    cosine_at,
    km_at,
    rounded_km,
)
from tests.sourcing.worlds import service, tariff

PRICES = tariff(
    (1_000, [(100, "4.90"), (None, "6.30")]),
    (5_000, [(100, "7.40"), (400, "9.90")]),
)


def price(grams: int, km: float) -> int:
    """Return the price of one parcel as the tables give it."""
    carriage = carriage_of(service(bands=((150, 1, 2), (None, 2, 4)), prices=PRICES))
    return carriage.freight(Cargo(grams), location=0, day=1, area=0, cosine=cosine_at(km))


@pytest.mark.parametrize(
    ("grams", "km", "expected"),
    [
        (0, 10, "4.90"),
        (1_000, 99.9, "4.90"),
        (1_000, 100.1, "6.30"),
        (1_001, 10, "7.40"),
        (5_000, 399, "9.90"),
        (1_000, 5_000, "6.30"),
    ],
)
def test_prices_by_weight_and_distance(grams: int, km: float, expected: str) -> None:
    assert price(grams, km) == as_cost(Decimal(expected))


def test_beyond_the_last_distance_there_is_no_price() -> None:
    assert price(2_000, 401) == OUT_OF_REACH


def test_light_parcels_go_as_far_as_heavy_ones() -> None:
    prices = tariff((1_000, [(100, "4.90")]), (5_000, [(400, "9.90")]))
    carriage = carriage_of(service(prices=prices))
    found = [
        carriage.freight(Cargo(500), location=0, day=1, area=0, cosine=cosine_at(km))
        for km in (50, 300, 500)
    ]
    assert found == [as_cost(Decimal("4.90")), as_cost(Decimal("9.90")), OUT_OF_REACH]


def test_beyond_the_last_transit_band_there_is_no_service() -> None:
    carriage = carriage_of(service(bands=((150, 1, 2),), prices=PRICES))
    zones = carriage.zones_of(np.array([cosine_at(149), cosine_at(151)]))
    assert carriage.tariffs[0].prices[0, zones].tolist() == [as_cost(Decimal("6.30")), OUT_OF_REACH]


@pytest.mark.parametrize(
    ("grams", "full", "weight_class"),
    [(0, 0, 0), (1_000, 0, 0), (1_001, 0, 1), (5_000, 0, 1), (5_001, 1, 0), (10_000, 1, 1)],
)
def test_what_is_too_heavy_for_one_parcel_goes_in_several(
    grams: int, full: int, weight_class: int
) -> None:
    (tariff_used,) = carriage_of(service(prices=PRICES)).tariffs
    assert tariff_used.packing(grams, 0, 0) == (1, full, weight_class, 0)


@given(
    latitudes=st.tuples(st.floats(-80, 80), st.floats(-80, 80)),
    longitudes=st.tuples(st.floats(-179, 179), st.floats(-179, 179)),
)
def test_distances_agree_with_the_kernels(
    latitudes: tuple[float, float], longitudes: tuple[float, float]
) -> None:
    vectors = unit_vectors(np.array(latitudes), np.array(longitudes))
    cosine = float(vectors[0] @ vectors[1])
    exact = distance_km(
        GeoPoint(latitudes[0], longitudes[0]), GeoPoint(latitudes[1], longitudes[1])
    )
    assert km_at(cosine) == pytest.approx(exact, abs=0.3)
    assert float(rounded_km(np.array([cosine]))[0]) == pytest.approx(km_at(cosine), abs=0.11)

"""The network in memory is what is in the database, and nothing else."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from chaland.kernel.actor import SYSTEM
from chaland.kernel.geo import GeoPoint, distance_km
from chaland.network import operations, queries
from chaland.network.types import Capability, Pause, unit_vectors
from chaland.network.types.snapshot import chord_km
from tests.network.conftest import NOW, location_draft

latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)


@given(latitudes, longitudes, latitudes, longitudes)
def test_vectors_measure_what_the_haversine_measures(
    north: float, east: float, other_north: float, other_east: float
) -> None:
    start = unit_vectors(np.array([north]), np.array([east]))
    end = unit_vectors(np.array([other_north]), np.array([other_east]))
    expected = distance_km(GeoPoint(north, east), GeoPoint(other_north, other_east))
    assert chord_km(start - end)[0] == pytest.approx(expected, abs=1e-3)


@pytest.mark.usefixtures("shops")
def test_a_network_that_does_not_change_is_built_once() -> None:
    first = queries.snapshot()
    assert queries.snapshot() is first
    assert queries.snapshot(first.revision) is first
    operations.upsert_locations(
        drafts=[location_draft("shop-1", name="Bellecour")], now=NOW, actor=SYSTEM
    )
    assert queries.snapshot() is not first


@pytest.mark.usefixtures("shops")
def test_what_is_rolled_back_is_not_remembered() -> None:
    with transaction.atomic():
        operations.upsert_locations(
            drafts=[location_draft("shop-1", name="never")], now=NOW, actor=SYSTEM
        )
        assert queries.snapshot().locations[0].name == "never"
        transaction.set_rollback(True)
    operations.upsert_locations(
        drafts=[location_draft("shop-1", name="at last")], now=NOW, actor=SYSTEM
    )
    assert queries.snapshot().locations[0].name == "at last"


@pytest.mark.usefixtures("shops")
def test_arrays_follow_the_index_of_the_locations() -> None:
    network = queries.snapshot()
    assert len(network) == 3
    for index, location in enumerate(network.locations):
        assert location.index == index
        assert network.index_of[location.id] == index
        assert network.index_of_id[location.id] == index
        assert network.by_code[location.code] == index
        assert network.latitude[index] == location.latitude
        organisation = network.organisations[network.organisation_index[index]]
        assert organisation.code == location.organisation
    assert network.can[Capability.SHIP].tolist() == [True] * 3
    assert network.can[Capability.PICKUP].tolist() == [False] * 3
    assert network.index_of_id[0] == -1
    with pytest.raises(ValueError, match="read-only"):
        network.latitude[0] = 0


@pytest.mark.usefixtures("shops")
def test_distances_of_many_points_are_those_of_each() -> None:
    network = queries.snapshot()
    norths, easts = np.array([48.86, 43.30]), np.array([2.35, 5.37])
    matrix = network.distance_matrix_km(norths, easts)
    assert matrix.shape == (2, 3)
    for row, (north, east) in enumerate(zip(norths, easts, strict=True)):
        assert network.distances_km(float(north), float(east)) == pytest.approx(matrix[row])
        expected = [
            distance_km(GeoPoint(north, east), GeoPoint(item.latitude, item.longitude))
            for item in network.locations
        ]
        assert matrix[row] == pytest.approx(expected, abs=1e-6)


@pytest.mark.usefixtures("shops")
def test_a_paused_or_closed_down_location_does_not_work() -> None:
    operations.pause_locations(
        codes=["shop-1"], pause=Pause(reason="flood", until=NOW + timedelta(hours=2)),
        now=NOW, actor=SYSTEM,
    )  # fmt: skip
    operations.upsert_locations(
        drafts=[location_draft("shop-2", postal_code="75001", city="Paris", active=False)],
        now=NOW,
        actor=SYSTEM,
    )
    network = queries.snapshot()
    assert network.working(NOW).tolist() == [False, False, True]
    assert network.working(NOW + timedelta(hours=2)).tolist() == [True, False, True]
    assert network.working(NOW - timedelta(seconds=1)).tolist() == [True, False, True]


@pytest.mark.usefixtures("db")
def test_an_empty_network_is_a_network() -> None:
    network = queries.snapshot()
    assert len(network) == 0
    assert network.distances_km(48.85, 2.35).shape == (0,)
    assert network.working(NOW).shape == (0,)

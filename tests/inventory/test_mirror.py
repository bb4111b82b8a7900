"""Stock kept in memory starts over when it must, and always answers as the tables do."""

import numpy as np
import numpy.typing as npt
import pytest

from chaland.database.statements import fetch_all
from chaland.inventory.arrays import decode_int4_array
from chaland.inventory.mirror import StockMirror
from chaland.inventory.operations import reserve
from chaland.inventory.queries import availability_matrix
from chaland.kernel.actor import SYSTEM
from tests.inventory.conftest import NOW, Put, Retailer, request_for

pytestmark = pytest.mark.django_db


def columns_for(retailer: Retailer) -> npt.NDArray[np.int32]:
    columns = np.full(max(retailer.locations) + 1, -1, np.int32)
    columns[list(retailer.locations)] = range(len(retailer.locations))
    return columns


def read(mirror: StockMirror, retailer: Retailer) -> list[list[int]]:
    skus = np.array(sorted(retailer.skus), np.int32)
    rows: list[list[int]] = mirror.read(skus, columns_for(retailer), 3).tolist()
    return rows


def in_tables(retailer: Retailer) -> list[list[int]]:
    rows = {
        (sku, place): units
        for sku, place, units in fetch_all(
            "SELECT sku_id, location_id, on_hand - unavailable - reserved FROM inventory_position"
        )
    }
    return [
        [rows.get((sku, place), 0) for place in retailer.locations] for sku in sorted(retailer.skus)
    ]


@pytest.fixture
def stocked(retailer: Retailer, open_stock: Put) -> Retailer:
    for sku in retailer.skus:
        for units, place in enumerate(retailer.locations, start=5):
            open_stock(sku, place, units)
    return retailer


@pytest.mark.parametrize("limits", [{}, {"most_lines": 1}, {"most_cells": 1}])
def test_every_answer_is_that_of_the_tables(stocked: Retailer, limits: dict[str, int]) -> None:
    mirror = StockMirror(**limits)
    for sku in stocked.skus:
        for place in stocked.locations:
            assert read(mirror, stocked) == in_tables(stocked)
            reserve(requests=[request_for(sku, place, 2)], now=NOW, actor=SYSTEM)
            reserve(requests=[request_for(sku, place, 1)], now=NOW, actor=SYSTEM)
            assert read(mirror, stocked) == in_tables(stocked)


def test_a_new_place_finds_room(retailer: Retailer, open_stock: Put) -> None:
    mirror = StockMirror()
    for units, place in enumerate(retailer.locations, start=3):
        open_stock(retailer.skus[0], place, units)
        assert read(mirror, retailer) == in_tables(retailer)


def test_places_without_a_column_are_left_out(stocked: Retailer) -> None:
    skus = np.array(sorted(stocked.skus), np.int32)
    few = columns_for(stocked)[: stocked.locations[1] + 1]
    few[stocked.locations[0]] = -1
    reserve(
        requests=[request_for(stocked.skus[0], place, 1) for place in stocked.locations],
        now=NOW,
        actor=SYSTEM,
    )
    assert StockMirror().read(skus, few, 3).tolist() == [[0, 5, 0], [0, 6, 0]]


def test_nothing_known_is_nothing_there(stocked: Retailer) -> None:
    matrix = availability_matrix([10**9, *stocked.skus, stocked.skus[0]], 3, columns_for(stocked))
    assert matrix.sku_ids == (*sorted(stocked.skus), 10**9)
    assert matrix.available[matrix.row_of[10**9]].tolist() == [0, 0, 0]
    assert matrix.available[matrix.row_of[stocked.skus[0]]].tolist() == [5, 6, 7]
    empty = availability_matrix([], 3, columns_for(stocked))
    assert empty.available.shape == (0, 3)


def test_forgetting_is_harmless(stocked: Retailer) -> None:
    mirror = StockMirror()
    before = read(mirror, stocked)
    mirror.forget()
    assert read(mirror, stocked) == before


def test_arrays_are_read_as_the_server_writes_them(db: None) -> None:
    del db
    values = [0, 1, -1, 2**31 - 1, -(2**31)]
    ((full, empty, none),) = fetch_all(
        "SELECT array_send(%s::int[]), array_send('{}'::int[]), array_send(NULL::int[])", [values]
    )
    assert decode_int4_array(full).tolist() == values
    assert decode_int4_array(empty).tolist() == decode_int4_array(none).tolist() == []

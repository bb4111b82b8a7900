"""Stock as it was at any past moment, and as it was known then: the ledger beside a plain list."""

from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chaland.catalog.models import Sku
from chaland.database.statements import execute, fetch_one
from chaland.inventory.models import Position
from chaland.inventory.operations import adjust
from chaland.inventory.queries import positions_as_of, valuation_as_of
from chaland.inventory.types import Adjustment, MovementKind, UnavailableStatus
from chaland.kernel.actor import SYSTEM
from chaland.kernel.ids import new_uuid
from tests.inventory.conftest import NOW, Put, Retailer
from tests.retailer import Retailer as ApiRetailer


class Line(NamedTuple):
    """A line of the ledger: true at one hour, recorded at another."""

    place: int
    true_at: int
    known_at: int
    units: int
    damaged: int


hours = st.integers(0, 12)
lines = st.lists(
    st.builds(Line, st.integers(0, 2), hours, hours, st.integers(-9, 9), st.integers(-3, 3)),
    max_size=14,
)


def at(hour: int) -> datetime:
    return NOW + timedelta(hours=hour)


def write(sku: int, places: tuple[int, ...], told: list[Line]) -> None:
    """Write lines as they come, in an order of their own: the past is learned piece by piece."""
    for line in told:
        execute(
            "INSERT INTO inventory_movement (sku_id, location_id, kind, on_hand_delta,"
            " reserved_delta, unavailable_delta, incoming_delta, status, cause_type, cause_id,"
            " source, occurred_at, recorded_at, actor_kind, actor_id, reason)"
            " VALUES (%s, %s, 'adjustment', %s, 0, %s, 0, %s, '', '', 'test', %s, %s, '', '', '')",
            [
                sku,
                places[line.place],
                line.units,
                line.damaged,
                "damaged" if line.damaged else None,
                at(line.true_at),
                at(line.known_at),
            ],
        )


@pytest.mark.django_db
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=lines, moment=hours, known=st.none() | hours)
def test_the_past_is_what_was_true_and_known(
    retailer: Retailer, told: list[Line], moment: int, known: int | None
) -> None:
    with transaction.atomic():
        sku = Sku.objects.create(code=str(new_uuid()), name="x", weight_grams=1, search_text="x").id
        for place in retailer.locations:
            Position.objects.create(sku_id=sku, location_id=place, updated_at=NOW)
        write(sku, retailer.locations, told)
        found = {
            item.location_id: (item.on_hand, item.unavailable, item.damaged)
            for item in positions_as_of(
                at(moment),
                known_at=None if known is None else at(known),
                sku_ids=[sku],
                limit=9,
            )
        }
        seen = [
            line
            for line in told
            if line.true_at <= moment and (known is None or line.known_at <= known)
        ]
        expected = {}
        for place in {line.place for line in seen}:
            units = sum(line.units for line in seen if line.place == place)
            damaged = sum(line.damaged for line in seen if line.place == place)
            expected[retailer.locations[place]] = (units, damaged, damaged)
        assert found == expected
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_a_count_that_came_late_changes_the_past_but_not_what_was_known(
    retailer: Retailer, open_stock: Put
) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 10)
    noon, evening = NOW + timedelta(hours=3), NOW + timedelta(hours=9)
    late = Adjustment(
        sku_id=sku,
        location_id=place,
        kind=MovementKind.COUNT,
        source="wms",
        occurred_at=noon,
        on_hand=7,
    )
    before_it_came = _before_this_transaction()
    adjust(adjustments=[late], now=evening, actor=SYSTEM)
    assert [item.on_hand for item in positions_as_of(evening, limit=5)] == [7]
    assert [item.on_hand for item in positions_as_of(NOW, limit=5)] == [10]
    assert positions_as_of(evening, known_at=before_it_came, limit=5) == []


def _before_this_transaction() -> datetime:
    """Return a moment before anything that the test writes was known."""
    row = fetch_one("SELECT now() - interval '1 microsecond'")
    assert row is not None
    moment: datetime = row[0]
    return moment


@pytest.mark.django_db
def test_what_lay_there_is_valued_and_unknown_costs_are_named(
    retailer: Retailer, open_stock: Put
) -> None:
    tea, cup = retailer.skus
    Sku.objects.filter(id=tea).update(unit_cost="2.50")
    open_stock(tea, retailer.locations[0], 4)
    open_stock(cup, retailer.locations[0], 3)
    open_stock(tea, retailer.locations[1], 1)
    found = valuation_as_of(NOW)
    assert [
        (item.location, item.units, str(item.value), item.units_without_cost) for item in found
    ] == [
        ("shop", 1, "2.5000", 0),
        ("warehouse", 7, "10.0000", 3),
    ]
    assert valuation_as_of(NOW - timedelta(seconds=1)) == []


@pytest.mark.django_db
def test_the_past_is_read_over_http_and_the_future_refused() -> None:
    shop = ApiRetailer.build({"LAMP": {"WH": 10, "SHOP-PARIS": 2}})
    blocked = {
        "sku": "LAMP",
        "location": "WH",
        "kind": "blocking",
        "unavailable_delta": 3,
        "status": UnavailableStatus.DAMAGED.value,
    }
    shop.client.post("/stock/adjustments", {"items": [blocked]})
    now = shop.client.get("/stock/positions", sku="LAMP").body["items"][0]["updated_at"]
    page = shop.client.get("/stock/positions/as-of", as_of=now, sku="LAMP", limit=1)
    assert page.status == 200
    (line,) = page.body["items"]
    assert (line["location"], line["on_hand"], line["available"]) == ("WH", 10, 7)
    assert line["statuses"]["damaged"] == 3
    assert page.body["next"]
    value = shop.client.get("/stock/valuation", as_of=now, location="WH").body
    assert value["items"] == [
        {"location": "WH", "units": 10, "value": "0.00", "units_without_cost": 10}
    ]
    refused = shop.client.get("/stock/positions/as-of", as_of="2099-01-01T00:00:00+01:00")
    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "as_of")
    present = shop.client.get("/stock/positions/as-of", sku="LAMP").body["items"]
    assert [line["available"] for line in present] == [7, 2]

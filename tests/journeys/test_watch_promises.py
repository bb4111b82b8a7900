"""Chaland knows of a promise that will not be kept before it is late, once, and does something."""

from datetime import datetime, timedelta
from typing import Any

from chaland.access.types import Role
from chaland.database.revision import bump_revision
from chaland.database.statements import execute
from chaland.journeys.watch_promises import watch_promises
from chaland.kernel import clock
from tests.journeys.conftest import Build
from tests.journeys.test_site_work import read, types_told, walk
from tests.screens import sign_in


def latest_of(order: Any) -> datetime:
    """Return until when the order was promised."""
    return datetime.fromisoformat(order["promise"]["latest"])


def close(location: str) -> None:
    """Close a location for the next weeks."""
    execute(
        "INSERT INTO network_closure (location_id, starts, ends, reason)"
        " SELECT id, current_date - 1, current_date + 90, 'flood' FROM network_location"
        " WHERE code = %s",
        [location],
    )
    bump_revision("network")


def test_what_goes_well_is_left_alone(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5}})
    order = retailer.place()
    work = order["fulfilment_orders"][0]["id"]
    assert watch_promises(now=clock.now()) == 0
    walk(retailer.client, work, "release", "accept", "pick", "pack", "ship")
    assert watch_promises(now=clock.now()) == 0
    walk(retailer.client, work, "deliver")
    assert watch_promises(now=latest_of(order)) == 0


def test_the_customer_is_told_another_day_once(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5}})
    order = retailer.place()
    work = order["fulfilment_orders"][0]["id"]
    walk(retailer.client, work, "release", "accept")
    late = latest_of(order) - timedelta(hours=2)
    assert watch_promises(now=late) == 1
    assert watch_promises(now=late) == 0
    told = types_told(order["id"])
    assert told.count("promise.at_risk") == told.count("promise.renewed") == 1
    timeline = retailer.client.get(f"/orders/{order['id']}/timeline").body["items"]
    (risk,) = [item["data"] for item in timeline if item["type"] == "promise.at_risk"]
    assert risk["chance"] < 0.5
    assert risk["reason"] == "unprepared"
    (renewed,) = [item["data"] for item in timeline if item["type"] == "promise.renewed"]
    assert datetime.fromisoformat(renewed["latest"]) > latest_of(order)
    assert latest_of(read(retailer.client, order["id"])) == latest_of(order), "what was sold stays"
    tower = sign_in(Role.OPERATIONS).get("/console/").content.decode()
    assert "Promises at risk" in tower
    assert 'id="at-risk"' in tower


def test_another_site_keeps_the_promise_if_one_can(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5, "SHOP-PARIS": 5}})
    order = retailer.place()
    first = order["fulfilment_orders"][0]
    walk(retailer.client, first["id"], "release")
    close(first["location"])
    now = clock.now()
    assert watch_promises(now=now) == 1
    shown = read(retailer.client, order["id"])
    (other,) = [part for part in shown["fulfilment_orders"] if part["state"] != "cancelled"]
    assert other["location"] != first["location"]
    told = types_told(order["id"])
    assert told.count("promise.at_risk") == 1
    assert "promise.renewed" not in told
    assert watch_promises(now=now) == 0
    retailer.assert_stock_is_true()


def test_a_channel_says_from_which_chance_on_it_wants_to_know(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5}})
    order = retailer.place()
    work = order["fulfilment_orders"][0]["id"]
    walk(retailer.client, work, "release", "accept", "pick", "pack", "ship")
    assert watch_promises(now=clock.now()) == 0
    answer = retailer.client.put("/promise-terms/careful", {"at_risk_below": 0.99})
    assert answer.status == 201
    late = latest_of(order) - timedelta(hours=12)
    assert watch_promises(now=late) == 1

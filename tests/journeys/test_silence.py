"""Sites that do not answer lose the work; those that answer in time keep it."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chaland.database.statements import execute
from chaland.journeys.time_out_unanswered import time_out_unanswered
from chaland.kernel import clock
from tests.journeys.conftest import Build
from tests.journeys.test_site_work import act, counts, read, types_told, walk
from tests.retailer import Retailer

PARIS = ZoneInfo("Europe/Paris")


def set_terms(retailer: Retailer, code: str = "sure", /, **values: Any) -> None:
    """Set terms by the API."""
    answer = retailer.client.put(f"/promise-terms/{code}", values)
    assert answer.status in (200, 201), answer.body


def released_at(order_id: str, moment: datetime) -> None:
    """Say that the sites of an order were told at *moment*."""
    del order_id
    execute("UPDATE fulfilment_order SET released_at = %s WHERE state = 'released'", [moment])


def evening() -> datetime:
    """Return a quarter to eight of yesterday: a quarter of an hour before shops close."""
    yesterday = clock.now().astimezone(PARIS) - timedelta(days=1)
    return yesterday.replace(hour=19, minute=45, second=0, microsecond=0)


def test_silence_is_counted_in_opening_hours_and_sends_the_work_on(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 1, "SHOP-LYON": 1}})
    order = retailer.place()
    work = order["fulfilment_orders"][0]
    walk(retailer.client, work["id"], "release")
    told = evening()
    released_at(order["id"], told)
    assert time_out_unanswered(now=told + timedelta(days=9)) == 0, "nobody has set a time"

    set_terms(retailer, answer_minutes=30)
    morning = told + timedelta(hours=12, minutes=15)
    assert time_out_unanswered(now=morning + timedelta(minutes=15)) == 0
    assert time_out_unanswered(now=morning + timedelta(minutes=16)) == 1
    assert time_out_unanswered(now=morning + timedelta(minutes=16)) == 0
    shown = read(retailer.client, order["id"])
    (lost,) = [part for part in shown["fulfilment_orders"] if part["id"] == work["id"]]
    assert (lost["state"], lost["refusal_reason"]) == ("refused", "no_answer")
    (other,) = [part for part in shown["fulfilment_orders"] if part["state"] == "planned"]
    assert other["location"] != work["location"]
    assert counts("LAMP", work["location"]) == (1, 0, 0), "silence says nothing about the goods"
    assert types_told(order["id"]).count("fulfilment_order.timed_out") == 1
    retailer.assert_stock_is_true()


def test_a_sites_own_terms_go_before_the_channels(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 1, "SHOP-LYON": 1}})
    set_terms(retailer, answer_minutes=10)
    set_terms(retailer, "web", channel="web", answer_minutes=20)
    order = retailer.place()
    work = order["fulfilment_orders"][0]
    set_terms(retailer, "patient", location=work["location"], answer_minutes=600)
    walk(retailer.client, work["id"], "release")
    told = evening() - timedelta(hours=6)
    released_at(order["id"], told)
    assert time_out_unanswered(now=told + timedelta(hours=6)) == 0
    assert retailer.client.delete("/promise-terms/patient").status == 204
    assert time_out_unanswered(now=told + timedelta(minutes=20)) == 0
    assert time_out_unanswered(now=told + timedelta(minutes=21)) == 1


def test_after_so_many_refusals_a_person_decides(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 1, "SHOP-PARIS": 1, "SHOP-LYON": 1}})
    set_terms(retailer, most_refusals=2)
    order = retailer.place()
    for reason in ("no_capacity", "closed"):
        parts = read(retailer.client, order["id"])["fulfilment_orders"]
        (planned,) = [part for part in parts if part["state"] == "planned"]
        walk(retailer.client, planned["id"], "release")
        act(retailer.client, planned["id"], "refuse", {"reason": reason})
    shown = read(retailer.client, order["id"])
    assert shown["state"] == "blocked", "a third site has it, and is not asked"
    assert types_told(order["id"]).count("fulfilment_order.escalated") == 1
    again = retailer.client.post(f"/orders/{order['id']}/source")
    assert again.status == 200, again.body
    assert read(retailer.client, order["id"])["state"] != "blocked"
    retailer.assert_stock_is_true()


def test_terms_name_what_is_wrong_with_them(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 1}})
    for body, field in (
        ({}, "terms"),
        ({"channel": "nope", "confidence": 0.9}, "channel"),
        ({"location": "nope", "answer_minutes": 5}, "location"),
        ({"location": "WH", "confidence": 0.9}, "confidence"),
        ({"confidence": 0.3}, "confidence"),
    ):
        answer = retailer.client.put("/promise-terms/odd", body)
        assert answer.status == 422, answer.body
        assert [error["field"] for error in answer.body["errors"]] == [field]
    set_terms(retailer, answer_minutes=5)
    taken = retailer.client.put("/promise-terms/other", {"answer_minutes": 6})
    assert [error["code"] for error in taken.body["errors"]] == ["taken"]

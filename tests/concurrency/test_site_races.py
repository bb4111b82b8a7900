"""Two people at once: one wins, the other is told, and the stock stays true."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

from django.db import connections

from chaland.journeys.release_due import release_due
from chaland.journeys.time_out_unanswered import time_out_unanswered
from chaland.kernel import clock
from tests.journeys.conftest import Build
from tests.journeys.test_site_work import counts, read, try_to, types_told, walk
from tests.retailer import Answer

ROUNDS = 6
LYON = {
    "street": "1 place Bellecour",
    "postal_code": "69002",
    "city": "Lyon",
    "country": "FR",
    "latitude": 45.757,
    "longitude": 4.832,
}


def at_once(*calls: Callable[[], Answer]) -> list[Answer]:
    """Run calls in threads that start together; return their answers in order."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Answer]) -> Answer:
        start.wait()
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def test_of_two_who_accept_one_wins(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": ROUNDS}})
    for _ in range(ROUNDS):
        order = retailer.place()
        work = order["fulfilment_orders"][0]["id"]
        walk(retailer.client, work, "release")
        answers = at_once(*[partial(try_to, retailer.client, work, "accept")] * 4)
        assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
        refused = [answer.body for answer in answers if answer.status == 409]
        assert {body["code"] for body in refused} == {"illegal_transition"}
        assert all(body["allowed_actions"] == ["pick", "refuse", "cancel"] for body in refused)
        assert types_told(order["id"]).count("fulfilment_order.accepted") == 1


def test_of_an_answer_and_the_end_of_patience_one_wins(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": ROUNDS, "SHOP-LYON": ROUNDS}})
    assert retailer.client.put("/promise-terms/quick", {"answer_minutes": 1}).status == 201
    later = clock.now() + timedelta(days=3)
    for _ in range(ROUNDS):
        order = retailer.place()
        work = order["fulfilment_orders"][0]["id"]
        walk(retailer.client, work, "release")

        def run_out() -> Answer:
            return Answer(time_out_unanswered(now=later), None, {})

        accepted, *rounds = at_once(
            partial(try_to, retailer.client, work, "accept"), run_out, run_out
        )
        taken = sum(answer.status for answer in rounds)
        told = types_told(order["id"])
        assert (accepted.status, taken) in {(200, 0), (409, 1)}
        assert told.count("fulfilment_order.timed_out") == taken
        assert told.count("fulfilment_order.accepted") == 1 - taken
        assert read(retailer.client, order["id"])["state"] in {"open", "in_progress"}
    retailer.assert_stock_is_true()


def test_cancelling_and_shipping_at_once_ends_in_exactly_one(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": ROUNDS}})
    shipped = 0
    for _ in range(ROUNDS):
        order = retailer.place()
        work = order["fulfilment_orders"][0]["id"]
        walk(retailer.client, work, "release", "accept", "pick", "pack")
        path = f"/orders/{order['id']}/cancel"
        cancelled, sent = at_once(
            partial(retailer.client.post, path, {"reason": "changed mind"}),
            partial(try_to, retailer.client, work, "ship"),
        )
        assert sorted([cancelled.status, sent.status]) == [200, 409]
        loser = sent if cancelled.status == 200 else cancelled
        assert loser.body["code"] == "illegal_transition"
        now = read(retailer.client, order["id"])
        assert now["state"] == ("fulfilled" if sent.status == 200 else "cancelled")
        shipped += sent.status == 200
    assert counts("LAMP", "WH") == (ROUNDS - shipped, 0, 0)
    retailer.assert_stock_is_true()


def test_two_orders_refused_at_once_do_not_take_the_same_unit(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 2, "SHOP-LYON": 1}})
    orders = [retailer.place() for _ in range(2)]
    works = [order["fulfilment_orders"][0]["id"] for order in orders]
    for work in works:
        walk(retailer.client, work, "release")
    answers = at_once(
        *[partial(try_to, retailer.client, work, "refuse", {"reason": "other"}) for work in works]
    )
    assert [answer.status for answer in answers] == [200, 200]
    states = sorted(read(retailer.client, order["id"])["state"] for order in orders)
    assert states == ["blocked", "in_progress"]
    assert counts("LAMP", "SHOP-LYON") == (1, 1, 0)
    retailer.assert_stock_is_true()


def test_several_workers_release_each_order_once(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 12}})
    orders = [retailer.place() for _ in range(12)]
    moment = clock.now() + timedelta(seconds=1)
    start = threading.Barrier(3)

    def work() -> int:
        start.wait()
        try:
            return release_due(now=moment)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as threads:
        released = list(threads.map(lambda _: work(), range(3)))
    assert sum(released) == 12
    for order in orders:
        assert types_told(order["id"]).count("fulfilment_order.released") == 1


def test_cancelling_two_orders_over_the_same_sites_never_deadlocks(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 40}, "VASE": {"SHOP-LYON": 40}})
    orders = [retailer.place({"LAMP": 1, "VASE": 1}) for _ in range(8)]
    answers = at_once(
        *[
            partial(retailer.client.post, f"/orders/{order['id']}/cancel", {"reason": "x"})
            for order in orders
        ]
    )
    assert [answer.status for answer in answers] == [200] * 8
    assert counts("LAMP", "WH") == (40, 0, 0)
    retailer.assert_stock_is_true()


def test_refusals_that_cross_each_other_never_deadlock(build_retailer: Build) -> None:
    """Work leaves the warehouse for Lyon while other work of the same SKUs goes the other way."""
    retailer = build_retailer({"LAMP": {"WH": 60, "SHOP-LYON": 60}, "VASE": {"WH": 60}})
    lyon = {"delivery": {"method": "ship", "address": LYON}}
    near = [retailer.place({"LAMP": 1, "VASE": 1}) for _ in range(6)]
    far = [retailer.place({"LAMP": 1}, **lyon) for _ in range(6)]
    works = [part["id"] for order in near + far for part in order["fulfilment_orders"]]
    for work in works:
        walk(retailer.client, work, "release")
    answers = at_once(
        *[
            partial(try_to, retailer.client, work, "refuse", {"reason": "no_capacity"})
            for work in works
        ]
    )
    assert [answer.status for answer in answers] == [200] * len(works)
    retailer.assert_stock_is_true()

"""Units that one channel alone may sell: granted, used, refilled, and never eaten by others."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from chaland.availability.following import Follower
from chaland.availability.operations import fenced_sku_ids, follow_rules
from chaland.catalog.queries import sku_facts
from chaland.inventory.operations import release, reserve
from chaland.inventory.types import InsufficientStockError, ReleaseRequest, ReservationRequest
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM
from chaland.kernel.ids import new_uuid
from chaland.network.queries import snapshot
from tests.availability.conftest import SetRule
from tests.retailer import Retailer

pytestmark = pytest.mark.concurrency

AT_WH = {"locations": ["WH"]}
MARKET = {"name": "Market", "kind": "marketplace", "currency": "EUR", "countries": ["FR"]}


@pytest.fixture
def market(retailer: Retailer) -> Retailer:
    """The retailer with a second channel; lamps only in the warehouse."""
    assert retailer.client.put("/channels/market", MARKET).status == 201
    move(retailer, "SHOP-PARIS", -4)
    move(retailer, "SHOP-LYON", -1)
    return retailer


def move(retailer: Retailer, location: str, units: int, sku: str = "LAMP") -> None:
    change = {"sku": sku, "location": location, "kind": "adjustment", "on_hand_delta": units}
    answer = retailer.client.post("/stock/adjustments", {"items": [change]})
    assert answer.body["results"][0]["status"] == "updated", answer.body


def sold(retailer: Retailer, channel: str) -> int:
    answer = retailer.client.get(
        "/stock/availability", sku="LAMP", channel=channel, locations="true"
    )
    return int(answer.body["items"][0]["available"])


def both(retailer: Retailer) -> tuple[int, int]:
    return sold(retailer, "web"), sold(retailer, "market")


def order(retailer: Retailer, channel: str, units: int) -> Any:
    return retailer.client.post("/orders", retailer.order_body({"LAMP": units}, channel=channel))


def test_a_fence_is_used_by_its_channel_and_refilled_by_what_comes_back(
    market: Retailer, set_rule: SetRule
) -> None:
    set_rule("for-market", kind="ring_fence", units=3, scope={"channels": ["market"], **AT_WH})
    assert both(market) == (7, 10)
    refused = order(market, "web", 8)
    assert refused.status == 409
    assert "7 available for this order" in refused.body["errors"][0]["message"]

    placed = order(market, "market", 2).body
    assert both(market) == (7, 8), "what it takes of its own leaves the others theirs"
    assert order(market, "web", 7).status == 201
    assert both(market) == (0, 1)
    assert market.client.post(f"/orders/{placed['id']}/cancel", {"reason": "x"}).status == 200
    assert both(market) == (0, 3), "what it gives back is its own again"

    shown = market.client.get("/stock/explanation", sku="LAMP", channel="web").body
    (part,) = shown["locations"][-1]["withheld"]
    assert (part["why"], part["units"], part["rule"], part["for_channel"]) == (
        "ring_fence", 3, "for-market", "market",
    )  # fmt: skip
    market.assert_stock_is_true()


def test_a_fence_follows_its_rule(market: Retailer, set_rule: SetRule) -> None:
    rule: dict[str, Any] = {"kind": "ring_fence", "scope": {"channels": ["market"], **AT_WH}}
    set_rule("fence", units=3, **rule)
    set_rule("fence", units=4, **rule)
    assert both(market) == (6, 10)
    set_rule("fence", units=4, active=False, **rule)
    assert both(market) == (10, 10)
    set_rule("fence", units=4, **rule)
    assert both(market) == (6, 10)
    set_rule("fence", units=4, kind="ring_fence", scope={"channels": ["web"], **AT_WH})
    assert both(market) == (10, 6)


def test_a_percentage_is_fixed_until_the_next_day(market: Retailer, set_rule: SetRule) -> None:
    set_rule("half", kind="ring_fence", percent=50, scope={"channels": ["market"], **AT_WH})
    assert both(market) == (5, 10)
    assert order(market, "web", 4).status == 201
    assert both(market) == (1, 6)
    assert order(market, "market", 2).status == 201
    follow_rules(sku_ids=fenced_sku_ids(), now=clock.now(), actor=SYSTEM)
    assert both(market) == (1, 4)
    follow_rules(sku_ids=fenced_sku_ids(), now=clock.now(), actor=SYSTEM, rebase=True)
    assert both(market) == (2, 4), "half of the four that are left"
    market.assert_stock_is_true()


def test_new_stock_is_fenced_by_the_worker(market: Retailer, set_rule: SetRule) -> None:
    set_rule("fence", kind="ring_fence", units=2, scope={"channels": ["market"]})
    follower = Follower()
    follower.look()
    assert follower.look() == 0
    move(market, "SHOP-LYON", 5, sku="VASE")
    assert follower.look() == 1
    shown = market.client.get("/stock/explanation", sku="VASE", channel="web").body
    lyon = next(place for place in shown["locations"] if place["location"] == "SHOP-LYON")
    assert (lyon["on_hand"], lyon["for_sale"]) == (5, 3)


def test_channels_that_race_never_eat_a_fence(market: Retailer, set_rule: SetRule) -> None:
    set_rule("for-market", kind="ring_fence", units=4, scope={"channels": ["market"], **AT_WH})

    def buy(channel: str) -> tuple[str, int]:
        try:
            return channel, order(market, channel, 1).status
        finally:
            connection.close()

    wanted = ["web", "web", "market"] * 4
    with ThreadPoolExecutor(len(wanted)) as pool:
        answers = list(pool.map(buy, wanted))
    assert answers.count(("market", 201)) == 4
    assert answers.count(("web", 201)) == 6
    assert answers.count(("web", 409)) == 2
    market.assert_stock_is_true()


def in_transactions_of_their_own(*works: Callable[[], object]) -> list[bool]:
    """Do things at the same moment, each in a transaction; say which were not refused."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> bool:
        try:
            start.wait(timeout=10)
            with transaction.atomic():
                work()
        except InsufficientStockError:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def reserving(channel: str, units: int, reservation: UUID | None = None) -> Callable[[], None]:
    """Reserve lamps in the warehouse; no rule keeps anything back but quotas."""
    network = snapshot()
    request = ReservationRequest(
        reservation_id=reservation or new_uuid(),
        sku_id=sku_facts(["LAMP"])["LAMP"].id,
        location_id=network.locations[network.by_code["WH"]].id,
        quantity=units,
        order_id=new_uuid(),
        order_line_id=new_uuid(),
        channel_id=network.channels[channel].id,
    )
    return lambda: reserve(requests=[request], now=clock.now(), actor=SYSTEM)


def test_the_last_common_unit_is_sold_once_and_the_fence_stays(
    market: Retailer, set_rule: SetRule
) -> None:
    set_rule("for-market", kind="ring_fence", units=4, scope={"channels": ["market"], **AT_WH})
    move(market, "WH", -5)
    for number in range(6):
        # Five are there: one of them is anybody's.
        found = in_transactions_of_their_own(
            reserving("web", 1), reserving("web", 1), reserving("market", 1)
        )
        assert sorted(found[:2]) == [False, True]
        assert found[2]
        assert in_transactions_of_their_own(reserving("web", 1)) == [False]
        assert in_transactions_of_their_own(reserving("market", 3)) == [True]
        move(market, "WH", 5)
        scope = {"channels": ["market"], **AT_WH}
        # Another rule grants anew.
        set_rule(f"again-{number}", kind="ring_fence", units=4, scope=scope, priority=50 - number)


def test_a_channel_that_gives_back_takes_its_units_out_of_the_others_reach(
    market: Retailer, set_rule: SetRule
) -> None:
    set_rule("for-market", kind="ring_fence", units=4, scope={"channels": ["market"], **AT_WH})
    move(market, "WH", -4)
    for _ in range(6):
        mine = new_uuid()
        assert in_transactions_of_their_own(reserving("market", 2, mine)) == [True]
        # Four are there, two of them fenced; when one comes back, five and three.
        giving_back = ReleaseRequest(mine, 1)
        found = in_transactions_of_their_own(
            lambda request=giving_back: release(  # type: ignore[misc]
                reservations=[request], reason="", now=clock.now(), actor=SYSTEM
            ),
            reserving("web", 3),
        )
        assert found == [True, False]
        release(reservations=[ReleaseRequest(mine)], reason="", now=clock.now(), actor=SYSTEM)

"""Shoppers and staff behave as people do."""

from collections import Counter
from datetime import UTC, datetime, time
from random import Random
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaland.demo.assortment import assortment
from chaland.demo.network_plan import sites, towns
from chaland.demo.shoppers import Shoppers, orders_per_hour
from chaland.demo.staff import SiteType, Work, next_step
from chaland.demo.stock_plan import opening_stock
from chaland.demo.working_time import after_working
from chaland.fulfilment.states import FULFILMENT_TRANSITIONS, ONLY_FOR
from chaland.fulfilment.types import FulfilmentState, RefusalReason
from chaland.journeys.place_orders.body import OrderBody
from chaland.network.types import Calendar, ClosedPeriod, OpeningWindow

SEED = 2026
NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")


def shoppers(seed: int = 1) -> Shoppers:
    articles, places = assortment(SEED), sites()
    return Shoppers(
        articles=articles,
        sites=places,
        stock=opening_stock(articles, places, SEED),
        towns=towns(),
        random=Random(seed),  # noqa: S311 - a demo, not a secret
    )


def test_every_order_is_one_that_the_api_takes() -> None:
    drawn = shoppers()
    for _ in range(400):
        OrderBody.model_validate(drawn.next_order(placed_at=NOW, prefix="T"))


def test_orders_are_the_same_for_a_seed_and_never_share_a_number() -> None:
    first, second = shoppers(), shoppers()
    orders = [first.next_order(placed_at=NOW, prefix="T") for _ in range(50)]
    assert orders == [second.next_order(placed_at=NOW, prefix="T") for _ in range(50)]
    assert len({order["external_id"] for order in orders}) == 50


def test_all_channels_and_methods_are_used() -> None:
    drawn = shoppers()
    orders = [
        OrderBody.model_validate(drawn.next_order(placed_at=NOW, prefix="T")) for _ in range(600)
    ]
    by_channel = Counter(order.channel for order in orders)
    assert set(by_channel) == {
        "web-fr", "app-fr", "marketplace-fr", "annecy-en-ville", "boutique-fr"
    }  # fmt: skip
    methods = Counter(order.delivery.method for order in orders)
    assert 0.15 < methods["pickup"] / len(orders) < 0.5
    in_town = [order for order in orders if order.channel == "annecy-en-ville"]
    merchants = {site.code for site in sites() if site.kind == "store" and site.seller != "house"}
    for order in in_town:
        if order.delivery.method == "pickup":
            assert order.delivery.location in merchants


def test_evenings_are_busier_than_nights() -> None:
    evening = datetime(2026, 11, 19, 21, tzinfo=PARIS)
    night = evening.replace(hour=3)
    assert orders_per_hour(evening) > 10 * orders_per_hour(night) > 0


sites_drawn = st.sampled_from(["warehouse", "store", "supplier", "merchant"])


@given(
    site=sites_drawn,
    method=st.sampled_from(["ship", "pickup"]),
    service=st.sampled_from([None, "home-standard", "bike-annecy"]),
    seed=st.integers(0, 2**32),
)
def test_work_always_comes_to_an_end_by_allowed_actions(
    site: SiteType, method: Literal["ship", "pickup"], service: str | None, seed: int
) -> None:
    random = Random(seed)  # noqa: S311
    state = FulfilmentState.RELEASED
    for _ in range(10):
        step = next_step(Work("ful_1", state, method, service, site), random)
        if step is None:
            break
        assert step.minutes > 0
        assert ONLY_FOR.get(step.action, method) == method
        if step.action == "refuse":
            assert step.reason in set(RefusalReason)
        state = FULFILMENT_TRANSITIONS.target(state, step.action)
    assert FULFILMENT_TRANSITIONS.is_final(state)


def test_shops_refuse_now_and_then() -> None:
    random = Random(SEED)  # noqa: S311
    work = Work("ful_1", "released", "ship", None, "store")
    steps = [next_step(work, random) for _ in range(4_000)]
    refusals = [step for step in steps if step and step.action == "refuse"]
    assert 60 < len(refusals) < 280
    assert {step.reason for step in refusals} == {"not_found", "damaged", "no_capacity"}


TOWN = Calendar(
    time_zone="Europe/Paris",
    windows=tuple(
        window
        for day in range(6)
        for window in (
            OpeningWindow(day, time(9), time(12)),
            OpeningWindow(day, time(14), time(19)),
        )
    ),
    country="FR",
)


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-11-20T10:00", 60, "2026-11-20T11:00"),
        ("2026-11-20T11:30", 60, "2026-11-20T14:30"),  # over noon
        ("2026-11-20T18:30", 60, "2026-11-21T09:30"),  # over night
        ("2026-11-21T18:30", 60, "2026-11-23T09:30"),  # over Sunday
        ("2026-11-10T18:30", 60, "2026-11-12T09:30"),  # over 11 November
        ("2026-11-22T15:00", 0, "2026-11-23T09:00"),
        ("2026-11-20T07:00", 480, "2026-11-20T19:00"),
    ],
)
def test_a_closed_site_does_no_work(start: str, minutes: float, end: str) -> None:
    begin = datetime.fromisoformat(start).replace(tzinfo=PARIS)
    assert after_working(TOWN, begin, minutes) == datetime.fromisoformat(end).replace(tzinfo=PARIS)


def test_a_closure_counts_and_a_site_without_hours_is_refused() -> None:
    closed = Calendar(
        time_zone="Europe/Paris",
        windows=TOWN.windows,
        closures=(ClosedPeriod(NOW.date(), NOW.date().replace(day=25), "works"),),
    )
    assert after_working(closed, NOW, 10).astimezone(PARIS).day == 26
    with pytest.raises(ValueError, match="never opens"):
        after_working(Calendar(time_zone="Europe/Paris"), NOW, 10)

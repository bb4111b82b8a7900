"""The days before: every state is there, times lie in the past, and the ledger agrees."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from chaland.demo.assortment import assortment
from chaland.demo.building import SEED, build
from chaland.demo.history import DAYS, write_history
from chaland.demo.network_plan import sites, towns
from chaland.demo.shoppers import Shoppers
from chaland.demo.stock_plan import opening_stock
from chaland.fulfilment.models import FulfilmentOrder
from chaland.inventory.models import Reservation
from chaland.journeys.verify_stock import verify_stock
from chaland.orders.models import Order

NOW = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
def test_the_last_days_have_left_work_in_every_state(tmp_path: Path) -> None:
    begin = NOW - timedelta(days=DAYS, hours=1)
    build(folder=tmp_path, now=begin, told=lambda _: None)
    articles, places = assortment(SEED), sites()
    shoppers = Shoppers(
        articles=articles,
        sites=places,
        stock=opening_stock(articles, places, SEED),
        towns=towns(),
        random=Random(SEED),  # noqa: S311 - a demo
    )
    placed = write_history(
        shoppers=shoppers,
        random=Random(SEED),  # noqa: S311 - a demo
        now=NOW,
        told=lambda _done, _total: None,
        orders=60,
        days=DAYS,
    )
    assert placed > 50
    works = list(FulfilmentOrder.objects.all())
    states = Counter(work.state for work in works)
    assert set(states) >= {"released", "shipped", "delivered", "ready", "collected"}, states
    assert {work.method for work in works} == {"ship", "pickup"}
    assert any(work.late_at for work in works)
    orders = list(Order.objects.all())
    assert all(begin < order.placed_at <= NOW for order in orders)
    assert {order.state for order in orders} >= {"in_progress", "fulfilled", "completed"}
    assert Reservation.objects.filter(closed_at__isnull=True).exists()
    report = verify_stock()
    assert report.clean, report

"""The live traffic is a client of the API: it works against a real server and makes things move."""

import threading
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from chaland.access.authentication import forget_keys
from chaland.demo.assortment import assortment
from chaland.demo.building import SEED, build
from chaland.demo.network_plan import sites, towns
from chaland.demo.peers import Peers
from chaland.demo.shoppers import Shoppers
from chaland.demo.stock_plan import opening_stock
from chaland.demo.traffic import Traffic
from chaland.fulfilment.models import FulfilmentOrder
from chaland.journeys.verify_stock import verify_stock
from chaland.kernel import clock
from chaland.orders.models import Order
from tests.processes import Processes

FASTEST = 2_000.0


@pytest.mark.journey
def test_orders_are_placed_and_carried_to_the_customers(
    processes: Processes, tmp_path: Path
) -> None:
    forget_keys()
    begin = clock.now() - timedelta(hours=1)
    known = build(folder=tmp_path, now=begin, told=lambda _: None)
    server = processes.serve()
    processes.worker()
    articles, places = assortment(SEED), sites()
    stock = opening_stock(articles, places, SEED)
    random = Random(SEED)  # noqa: S311 - a demo
    peers = Peers(server.url, known.keys)
    traffic = Traffic(
        peers=peers,
        shoppers=Shoppers(
            articles=articles, sites=places, stock=stock, towns=towns(), random=random
        ),
        sites={site.code: site for site in places},
        stock=stock,
        random=random,
        speed=FASTEST,
    )
    stop = threading.Event()
    thread = threading.Thread(target=traffic.run, args=(stop,))
    thread.start()
    try:
        wanted = ("orders placed", "accepted", "picked", "packed", "made ready", "stock movements")
        Processes.wait_for(
            lambda: not thread.is_alive() or all(traffic.tally.counts[name] for name in wanted),
            seconds=90,
        )
        assert thread.is_alive(), "the traffic has died"
        Processes.wait_for(
            lambda: FulfilmentOrder.objects.filter(state__in=["shipped", "delivered"]).exists(),
            seconds=90,
        )
    finally:
        stop.set()
        thread.join()
        peers.close()
    placed = traffic.tally.counts["orders placed"]
    assert Order.objects.count() >= placed > 5
    refused = traffic.tally.counts["orders refused"]
    assert refused <= placed / 4, traffic.tally.counts
    assert not any("invalid" in name for name in traffic.tally.counts), traffic.tally.counts
    report = verify_stock()
    assert report.clean, report

"""What deciding one three-line order costs, promise included, and how that grows with the network.

Run it with ``python -m bench.decide [--rounds 15]``. For 20, 100, 500 and 2,000 locations, each
holding a fifth of 5,003 SKUs as in ``bench-intake``, orders of three SKUs that one location holds
are decided by ``chaland.sourcing``: windows, carriage and work of every location by every service,
the choice with its reasons. ``us`` is processor time an order in a batch of 64, as the front door
decides those that arrive together; ``alone_us`` an order by itself.

The last line is JSON: ``value`` is ``us`` at 500 locations, ``ratio`` that over one ``SELECT 1``
round trip to a real PostgreSQL in the same run (rounds alternate), ``growth`` the exponent with
which ``us`` grows from 20 to 2,000 locations: below 1 it grows less than the network.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import log
from pathlib import Path
from statistics import median

import numpy as np
import psycopg

from bench.intake_world import HELD, SKUS, held_sku
from chaland.availability.sellable import SellableStock
from chaland.database import embedded
from chaland.inventory.types import StockMatrix
from chaland.promise.types import ServiceKind
from chaland.sourcing.engine import decide
from chaland.sourcing.types import Demand, World
from tests.sourcing.worlds import Scene, Site, service, ship

SIZES = (20, 100, 500, 2_000)
GOAL_AT = 500
BATCH = 64
TRIPS = 400
UNITS = 40


@dataclass(frozen=True)
class Retailer:
    """A network of some size, ready to make worlds of."""

    size: int
    world: World

    def orders(self, draw: random.Random) -> list[Demand]:
        """Return orders for three SKUs that some location holds, from all over the country."""
        orders = []
        for _ in range(BATCH):
            location = draw.randint(1, self.size)
            skus = [held_sku(location, index) for index in draw.sample(range(HELD), 3)]
            at = draw.uniform(43, 50), draw.uniform(-1, 7)
            orders.append(ship(dict.fromkeys(skus, 1), at=at, grams=draw.choice([200, 400, 900])))
        return orders

    def world_of(self, orders: list[Demand]) -> World:
        """Return the world of some orders, with the stock of their SKUs."""
        skus = tuple(sorted({line.sku_id for order in orders for line in order.lines}))
        available = np.zeros((len(skus), self.size), np.int32)
        for column in range(self.size):
            # Which of a location's thousand SKUs a number is follows from the formula's inverse.
            step = (column + 1) * 7919 % (SKUS - 1) + 1
            start = (column + 1) * 104_729 % SKUS
            index = (np.array(skus) - 1 - start) * pow(step, -1, SKUS) % SKUS
            available[:, column] = np.where(index < HELD, UNITS, 0)
        matrix = StockMatrix(skus, available, {sku: row for row, sku in enumerate(skus)})
        stock = SellableStock(matrix, self.world.stock.withholding, {})
        return replace(self.world, stock=stock, load=self.world.load.copy(), outlook=None)


def retailer(size: int) -> Retailer:
    """Make up a network of *size* locations with two carriers' services."""
    draw = random.Random(size)
    sites = [
        Site(
            code=f"s{number}",
            at=(draw.uniform(43, 50), draw.uniform(-1, 7)),
            per_order=f"{draw.uniform(0.8, 2.5):.2f}",
            per_line=f"{draw.uniform(0.1, 0.5):.2f}",
            capacity=draw.choice([0, 200, 400]),
        )
        for number in range(size)
    ]
    services = [service("standard"), service("second", number=2, bands=((300, 1, 2), (None, 2, 3)))]
    services.append(service("express", number=3, kind=ServiceKind.EXPRESS))
    return Retailer(size, Scene(sites=sites, stock={}, services=services).world())


def measure(rounds: int, connection: psycopg.Connection) -> Iterator[tuple[str, float]]:
    """Yield one figure after the other: its name and its microseconds."""
    retailers = [retailer(size) for size in SIZES]
    for number in range(rounds + 1):
        for each in retailers:
            orders = each.orders(random.Random(number))
            world = each.world_of(orders)
            started = time.process_time_ns()
            decide(orders, world)
            batch = (time.process_time_ns() - started) / 1000 / BATCH
            alone = [(order, each.world_of([order])) for order in orders[:16]]
            started = time.process_time_ns()
            for order, own in alone:
                decide([order], own)
            single = (time.process_time_ns() - started) / 1000 / len(alone)
            if number:  # the first round warms up
                yield f"us_{each.size}", batch
                yield f"alone_us_{each.size}", single
        trips = []
        for _ in range(TRIPS):
            began = time.perf_counter_ns()
            connection.execute("SELECT 1", prepare=True).fetchone()
            trips.append((time.perf_counter_ns() - began) / 1000)
        yield "select_us", median(trips)


def growth(figures: dict[str, float], name: str) -> float:
    """Return the exponent with which a figure grows from the smallest to the largest network."""
    least, most = SIZES[0], SIZES[-1]
    return round(log(figures[f"{name}_{most}"] / figures[f"{name}_{least}"]) / log(most / least), 3)


def main() -> None:
    """Run everything and print one JSON line last."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        address = embedded.attach(Path(folder))
        try:
            with psycopg.connect(
                dbname=address.name,
                user=address.user,
                host=address.host,
                port=address.port,
                autocommit=True,
            ) as connection:
                for name, value in measure(options.rounds, connection):
                    found.setdefault(name, []).append(value)
        finally:
            embedded.stop(Path(folder))
    figures = {name: median(values) for name, values in found.items()}
    for size in SIZES:
        print(
            f"{size:5} locations: {figures[f'us_{size}']:.0f} µs an order in a batch,"
            f" {figures[f'alone_us_{size}']:.0f} µs alone",
            file=sys.stderr,
        )
    value, trip = figures[f"us_{GOAL_AT}"], figures["select_us"]
    alone = figures[f"alone_us_{GOAL_AT}"]
    print(
        json.dumps(
            {
                "metric": "decide_us_per_order",
                "value": round(value, 1),
                "yardstick": round(trip, 1),
                "ratio": round(value / trip, 3),
                "alone_us": round(alone, 1),
                "alone_ratio": round(alone / trip, 3),
                "growth": growth(figures, "us"),
                "alone_growth": growth(figures, "alone_us"),
                **{name: round(us, 1) for name, us in figures.items()},
            }
        )
    )


if __name__ == "__main__":
    main()

"""What waiting orders save when they are assigned together, beside deciding them one by one.

Run it with ``python -m bench.joint [--orders 400] [--shops 939] [--seconds 30]``. A French
retailer: real shop sites of Carrefour and Carrefour Market, two warehouses, orders to communes by
their population. Each shop holds few units of some SKUs, so that orders compete for the near ones.

The yardstick is the product's own choice, order by order, on the same stock; the bound is what no
assignment of these orders can cost less than. The last line is JSON: ``saving`` is the share of the
cost that is saved, ``ratio`` the cost over the bound, ``parcels`` those of an order before and
after, ``seconds`` what it took.
"""

import argparse
import csv
import json
import os
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chaland.config.settings")

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chaland.sourcing.types import Demand, JointResult, Waiting, World

SHARED = Path(os.environ.get("CHALAND_SHARED", Path(__file__).resolve().parents[2] / "shared"))
BRANDS = {"Carrefour", "Carrefour Market"}
SKUS = 300
WAREHOUSE_UNITS = 4.0
"""Mean units of a SKU at a warehouse: fewer than are wanted of what sells best."""
HELD_BY_SHOPS = 0.15
LEAST_SAVING = Decimal("0.10")


def main() -> None:
    """Decide one by one, then together; print one JSON line last."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--orders", type=int, default=400)
    parser.add_argument("--shops", type=int, default=939)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    import django

    django.setup()
    from chaland.promise.engine import as_cost
    from chaland.sourcing.joint import reassign

    world, demands = _retailer(options.orders, options.shops, options.seed)
    waiting = _decided(demands, world)
    change_price = as_cost(LEAST_SAVING)
    result = reassign(waiting, world, seconds=options.seconds, change_price=change_price)
    print(
        f"{len(waiting)} of {len(demands)} orders wait: {result.changed} change,"
        f" {result.rounds} rounds, {result.columns} plans, {result.status}",
        file=sys.stderr,
    )
    print(json.dumps(_figures(waiting, result)))


def _figures(waiting: "Sequence[Waiting]", result: "JointResult") -> dict[str, object]:
    before = sum(len(item.present) for item in waiting)
    after = sum(
        len(item.present if plan.decision is None else plan.decision.assignments)
        for item, plan in zip(waiting, result.plans, strict=True)
    )
    reached = result.cost_after + result.changed * result.change_price
    return {
        "bench": "joint",
        "orders": len(waiting),
        "changed": result.changed,
        "saving": round(result.saving / result.cost_before, 4),
        "ratio": None if not result.lower_bound else round(reached / result.lower_bound, 5),
        "gap": None if result.gap is None else round(result.gap, 5),
        "parcels_before": round(before / len(waiting), 3),
        "parcels_after": round(after / len(waiting), 3),
        "status": result.status.value,
        "rounds": result.rounds,
        "seconds": round(result.seconds, 2),
    }


def _retailer(orders: int, shops: int, seed: int) -> "tuple[World, list[Demand]]":
    from chaland.network.types import LocationKind
    from tests.sourcing.worlds import Scene, Site, ship

    draw = np.random.default_rng(seed)
    sites = [
        Site(code=f"shop-{number}", at=at, per_order="2.20", per_line="0.40", capacity=40)
        for number, at in enumerate(_shops()[:shops])
    ]
    sites += [
        Site(code=code, at=at, per_order="1.10", per_line="0.25", kind=LocationKind.WAREHOUSE)
        for code, at in (("wh-north", (48.60, 2.35)), ("wh-south", (45.55, 4.95)))
    ]
    popularity = 1 / np.arange(1, SKUS + 1) ** 0.8
    popularity /= popularity.sum()
    units = np.where(
        draw.random((SKUS, len(sites))) < HELD_BY_SHOPS,
        draw.integers(1, 4, (SKUS, len(sites))),
        0,
    )
    units[:, -2:] = draw.poisson(WAREHOUSE_UNITS, (SKUS, 2))
    stock = {
        sku: {site.code: int(units[sku, place]) for place, site in enumerate(sites)}
        for sku in range(SKUS)
    }
    places, people = _communes()
    demands = []
    for _ in range(orders):
        size = min(int(draw.geometric(0.45)), 5)
        wanted = draw.choice(SKUS, size, replace=False, p=popularity)
        at = places[int(draw.choice(len(places), p=people))]
        demands.append(ship({int(sku): 1 for sku in wanted}, at=at, grams=400))
    return Scene(sites=sites, stock=stock).world(), demands


def _decided(demands: "Sequence[Demand]", world: "World") -> "list[Waiting]":
    from chaland.sourcing.engine import decide
    from chaland.sourcing.types import Outcome, Waiting

    decisions = decide(demands, world)
    return [
        Waiting(
            demand=replace(demand, promised_latest=decision.window.latest),
            present=decision.assignments,
        )
        for demand, decision in zip(demands, decisions, strict=True)
        if decision.outcome is Outcome.SOURCED and decision.window is not None
    ]


def _shops() -> list[tuple[float, float]]:
    path = SHARED / "data" / "fr_store_sites" / "fuel_retail_sites_fr.csv"
    with path.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["Enseignes"] in BRANDS]
    return [(float(row["lat"]), float(row["lng"])) for row in rows]


def _communes() -> "tuple[list[tuple[float, float]], np.ndarray[tuple[int], np.dtype[np.float64]]]":
    """Return where people live, by the postal codes of their communes, and their shares."""
    import polars as pl

    data = SHARED / "data"
    postal = pl.read_parquet(data / "geonames_postal" / "eu_postal.parquet")
    french = postal.filter(pl.col("country_code") == "FR").unique("zipcode", keep="first")
    points = {
        code: (latitude, longitude)
        for code, latitude, longitude in french.select("zipcode", "latitude", "longitude").rows()
    }
    places, people = [], []
    with (data / "fr_communes" / "communes.csv").open(encoding="utf-8") as file:
        for commune in csv.DictReader(file):
            point = points.get(commune["cps"].partition("|")[0])
            # Quarters of the largest cities are counted with the city.
            if point is not None and commune["pop"] and commune["type"] == "commune-actuelle":
                places.append(point)
                people.append(float(commune["pop"]))
    shares = np.array(people)
    return places, shares / shares.sum()


if __name__ == "__main__":
    main()

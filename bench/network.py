"""One French retailer, one week: what the choice of a location costs, by whoever chooses.

Run it with ``python -m bench.network [--orders 6000] [--seed 1] [--emptied]``.

**The setting.** 223 Carrefour and 716 Carrefour Market at their real places, warehouses at
Moissy-Cramayel and Saint-Quentin-Fallavier. 6,000 orders of six days, each from a commune drawn by
population, with a real invoice of UCI Online Retail that a household could have placed (six
articles at most, two of each at most), to be there on the fourth delivery day. One carrier: 4.20 €
to 12.40 € a parcel by six weight steps and three zones (150 km, 450 km), one day late as often as
it states (5 %). A shop's picker costs 2.00 € an order and 0.55 € a line, a warehouse's 0.80 € and
0.24 €; a carton 0.40 €. Hypermarkets send 60 parcels a day, supermarkets 20, warehouses 1,600.
Warehouses list 70 to 90 % of the articles and begin with three days' demand, once replenished;
hypermarkets list 25 to 80 %, supermarkets 5 to 35 %, best sellers most often.

**Records.** One in five of a shop's is wrong (``wrong_records``): shelves, records and learned
chances come from ``bench/pickable_world.py``, as ``bench-pickable`` has them, with the product's
own model. In a warehouse one in 200 is: nothing is there. A line that is not complete is refused,
the work was done all the same, and the next best site is asked by the same way of choosing.
``--emptied`` makes it harder: where a shop's record is wrong, nothing at all is there.

**The ways.** ``nearest``: the nearest shop that holds everything, by the records.
``warehouse_first``: what a warehouse holds comes from there, the rest from the nearest shop.
``warehouse_whole`` (a better rule than the usual one): a warehouse only if it holds everything,
else the nearest shop that does. ``greedy``: the engine, on recorded stock, cheapest now.
``chaland``: the engine with the learned chances. ``chaland_joint``: the same, with waiting orders
assigned together every three hours until a site is told. ``bound``: no way can cost less
(``bench/network_bound.py``); a unit nobody has costs 10 € everywhere.

The last line is JSON. ``value`` is what an order costs under ``chaland_joint``, ``yardstick``
under ``nearest``; ``ratio`` is cost over bound; savings are shares of the rule's cost.
"""

import argparse
import json
import os
import sys
import time
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from bench.network_bound import hindsight_bound
from bench.network_rules import InTurn
from bench.network_shelves import emptied, shelves
from bench.network_world import Retailer, retailer
from chaland.lab.simulation import (
    EnginePlayer,
    Measures,
    Player,
    Simulation,
    compare,
    measures_of,
)
from chaland.sourcing.types import OnePolicy, PolicyBook, StrategyFacts, StrategyWeights

SHARED = Path(__file__).resolve().parents[2] / "shared"
UNFILLED = 10.0
SECOND_PARCEL = Decimal(6)
"""What a miss costs: another parcel and another picker, about."""

EVERY = 3 * 3600
LOOK_SECONDS = 3.0
"""How long one joint look may take: on a busy machine it finds less."""

PLAIN = StrategyWeights(delay_per_line_day=Decimal("0.05"), extra_parcel=Decimal(0))
SHOWN = ("cost", "freight", "handling", "parcels", "refusals", "late", "unfilled")


def main() -> None:
    """Live through the week under each way and print one JSON line last."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--orders", type=int, default=6_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--emptied", action="store_true")
    options = parser.parse_args()
    data = Path(os.environ.get("CHALAND_SHARED", SHARED)) / "data"
    known = shelves(options.seed)
    wrong = known.wrong
    if options.emptied:
        known = emptied(known)
    world = retailer(data, known, orders=options.orders, seed=options.seed)
    found = {name: _lived(name, world, player) for name, player in _ways(world).items()}
    bound = hindsight_bound(world.scenario, unfilled=UNFILLED) / options.orders
    print(f"bound {bound:.4f}", file=sys.stderr)
    print(json.dumps(_said(found, bound, wrong, emptied_shelves=options.emptied)))


def _ways(world: Retailer) -> dict[str, Player]:
    warehouses = ~world.shops
    careful = StrategyWeights(
        delay_per_line_day=PLAIN.delay_per_line_day,
        extra_parcel=PLAIN.extra_parcel,
        unpickable_unit=SECOND_PARCEL,
    )
    return {
        "nearest": InTurn((world.shops, warehouses)),
        "warehouse_first": InTurn((warehouses, world.shops), whole_first=False),
        "warehouse_whole": InTurn((warehouses, world.shops)),
        "greedy": EnginePlayer(books=_Always(PLAIN), looks_ahead=False),
        "chaland": EnginePlayer(books=_Always(careful)),
        "chaland_joint": EnginePlayer(books=_Always(careful), every=EVERY, seconds=LOOK_SECONDS),
    }


class _Always:
    """One strategy at every moment."""

    def __init__(self, weights: StrategyWeights) -> None:
        self._book = OnePolicy(StrategyFacts(code="bench", version=1, weights=weights))

    def __call__(self, moment: datetime) -> PolicyBook:
        """Return the one book."""
        del moment
        return self._book


def _lived(name: str, world: Retailer, player: Player) -> Measures:
    began = time.perf_counter()
    state = Simulation(world.scenario, player).run()
    found = measures_of(world.scenario, state)
    figures = " ".join(f"{measure} {found.mean(measure):.4f}" for measure in SHOWN)
    seconds = time.perf_counter() - began
    print(f"{name:>16}: {figures} ({seconds:.0f} s)", file=sys.stderr)
    return found


def _said(
    found: dict[str, Measures], bound: float, wrong: float, *, emptied_shelves: bool
) -> dict[str, object]:
    cost = {
        name: item.mean("cost") + UNFILLED * item.mean("unfilled") for name, item in found.items()
    }
    best = cost["chaland_joint"]
    sure = {item.name: item for item in compare(found["nearest"], found["chaland_joint"])}
    spread, later = sure["cost"].difference, sure["late"].difference
    return {
        "bench": "network",
        "value": round(best, 4),
        "yardstick": round(cost["nearest"], 4),
        "ratio": round(best / bound, 4),
        "saving_vs_nearest": round(1 - best / cost["nearest"], 4),
        "saving_vs_warehouse_first": round(1 - best / cost["warehouse_first"], 4),
        "saving_vs_warehouse_whole": round(1 - best / cost["warehouse_whole"], 4),
        "saving_vs_greedy": round(1 - best / cost["greedy"], 4),
        "per_order_ratio": round(cost["chaland"] / bound, 4),
        "bound": round(bound, 4),
        "difference_to_nearest": [round(spread.low, 4), round(spread.high, 4)],
        "late_difference_to_nearest": [round(later.low, 4), round(later.high, 4)],
        "wrong_records": round(wrong, 4),
        "emptied": emptied_shelves,
        **{
            name: {measure: round(item.mean(measure), 4) for measure in SHOWN}
            for name, item in found.items()
        },
    }


if __name__ == "__main__":
    main()

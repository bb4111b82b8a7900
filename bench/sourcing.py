"""How well one order after the other is placed, beside what hindsight would have done.

Run it with ``python -m bench.sourcing [--instances 30] [--sequences 2]``. The instances are those
of Jasin and Sinha (2015) and Ma (2023), drawn by seed (``bench/sourcing_world.py``): ten cities,
five centres, twenty items, ten thousand arrivals a sequence. Every order is decided by
``chaland.sourcing``, on a network, a rate card and stock as it has them in production; shadow
prices come from the probabilities and the stock left, never from the arrivals to come.

The last line is JSON: ``ratio`` is the mean over all sequences of the cost over that of the linear
program which knows them; ``nearest``, ``greedy`` (the same code without prices) and ``static``
(prices worked out once) are the yardsticks of the same run.
"""

import argparse
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from statistics import fmean

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chaland.config.settings")

WORKERS = 2


def main() -> None:
    """Run everything and print one JSON line last."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--instances", type=int, default=30)
    parser.add_argument("--sequences", type=int, default=2)
    options = parser.parse_args()
    tasks = [(seed, n) for seed in range(options.instances) for n in range(options.sequences)]
    rows = []
    with ProcessPoolExecutor(WORKERS, initializer=_prepare) as pool:
        for task, row in zip(tasks, pool.map(_measure, tasks), strict=True):
            rows.append(row)
            shown = " ".join(f"{name} {row[name]:.4f}" for name in _RATIOS)
            print(f"instance {task[0]:2} sequence {task[1]}: {shown}", file=sys.stderr)
    means = {name: fmean(row[name] for row in rows) for name in rows[0]}
    digits = {"us_per_order": 0, "greedy_us_per_order": 0}
    figures = {name: round(value, digits.get(name, 4)) for name, value in means.items()}
    print(json.dumps({"bench": "sourcing", **figures, "sequences": len(rows)}))


_RATIOS = ("ratio", "nearest", "greedy", "static")


def _prepare() -> None:
    import django

    django.setup()


def _measure(task: tuple[int, int]) -> dict[str, float]:
    """Run every policy on one sequence of one instance."""
    from bench import sourcing_run as policies
    from bench.sourcing_world import instance

    seed, number = task
    known = instance(seed)
    bound = policies.hindsight(known, number)
    greedy = policies.run(known, number, policies.no_prices)
    static = policies.run(known, number, policies.prices_once(known))
    ours = policies.run(known, number, policies.prices_again(known))
    return {
        "ratio": ours.cost / bound,
        "nearest": policies.nearest(known, number) / bound,
        "greedy": greedy.cost / bound,
        "static": static.cost / bound,
        "boxes_per_order": ours.boxes / ours.orders,
        "split_rate": ours.split / ours.orders,
        "unfilled_per_order": ours.unfilled / ours.orders,
        "us_per_order": ours.seconds / ours.orders * 1e6,
        "greedy_us_per_order": greedy.seconds / greedy.orders * 1e6,
    }


if __name__ == "__main__":
    main()

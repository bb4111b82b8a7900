"""Answers to product pages per second, beside pgbench reading the same from the cheapest table.

Run it with ``make bench-availability`` or ``python -m bench.availability [--seconds 10]``. Each
request asks for 50 SKUs of one channel, over 500 locations by 20,000 SKUs, while orders are placed
at a steady rate and a worker publishes what changes. The last line is JSON; what it means is said
in bench/README.md.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / ".chaland-bench"


def main() -> None:
    """Measure and print."""
    options = _options()
    os.environ.pop("DATABASE_URL", None)
    os.environ["CHALAND_DATA"] = str(FOLDER)
    os.environ["CHALAND_ENV"] = "development"
    os.environ["CHALAND_LOG_LEVEL"] = "WARNING"
    os.environ["CHALAND_RATE_PER_MINUTE"] = "0"
    os.environ["DJANGO_SETTINGS_MODULE"] = "chaland.config.settings"
    shutil.rmtree(FOLDER, ignore_errors=True)
    import django

    django.setup()
    from bench import availability_run
    from bench.availability_world import Shape

    if options.cost:
        shape = Shape(options.locations, options.growth_skus)
        sys.stdout.write(json.dumps({"cost_us": availability_run.cost(FOLDER, shape, options)}))
        return
    shape = Shape(options.locations, options.skus)
    rounds = availability_run.beside_pgbench(FOLDER, shape, options)
    costs = {count: _cost(count, options) for count in (10, 2_000) if options.growth_skus}
    sys.stdout.write(json.dumps(_summary(rounds, costs, options)) + "\n")


def _cost(locations: int, options: argparse.Namespace) -> float:
    """Measure one size in a process of its own: a process keeps to one embedded database."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "bench.availability", "--cost"),
            *("--locations", str(locations), "--growth-skus", str(options.growth_skus)),
            *("--seconds", str(options.seconds), "--rounds", str(options.rounds)),
            *("--workers", str(options.workers), "--orders", str(options.orders)),
        ],
        check=True,
        stdout=subprocess.PIPE,
    )
    cost: float = json.loads(done.stdout)["cost_us"]
    return cost


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="alternations")
    parser.add_argument("--workers", type=int, default=1, help="server processes")
    parser.add_argument("--orders", type=float, default=75.0, help="placed a second meanwhile")
    parser.add_argument("--locations", type=int, default=500)
    parser.add_argument("--skus", type=int, default=20_000)
    parser.add_argument(
        "--growth-skus", type=int, default=2_000, help="where growth is measured; 0: not at all"
    )
    parser.add_argument("--cost", action="store_true", help="only of a request, at this size")
    return parser.parse_args()


def _summary(rounds: Any, costs: dict[int, float], options: argparse.Namespace) -> dict[str, Any]:
    latencies, ages = sorted(rounds.latencies), sorted(rounds.ages)
    pairs = zip(rounds.chaland, rounds.pgbench, strict=True)
    return {
        "bench": "availability",
        "value": round(statistics.median(rounds.chaland), 1),
        "unit": "requests/s",
        "yardstick": round(statistics.median(rounds.pgbench), 1),
        "ratio": round(statistics.median(mine / theirs for mine, theirs in pairs), 3),
        "p50_ms": round(latencies[len(latencies) // 2] * 1e3, 2),
        "p99_ms": round(latencies[int(len(latencies) * 0.99)] * 1e3, 2),
        "yardstick_p50_ms": round(statistics.median(rounds.yardstick_p50_ms), 2),
        "yardstick_p99_ms": round(statistics.median(rounds.yardstick_p99_ms), 2),
        "orders_per_s": round(statistics.median(rounds.orders), 1),
        "age_p50_ms": round(ages[len(ages) // 2] * 1e3),
        "age_p99_ms": round(ages[int(len(ages) * 0.99)] * 1e3),
        "age_max_ms": round(ages[-1] * 1e3),
        "growth": round(costs[2_000] / costs[10], 3) if costs else None,
        "cost_us": {str(count): round(cost, 1) for count, cost in costs.items()},
        "server_processes": options.workers,
    }


if __name__ == "__main__":
    main()

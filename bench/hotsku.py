"""A flash sale: durable reservations per second of one SKU at one location, beside fdatasync.

Run it with ``make bench-hotsku`` or ``python -m bench.hotsku [--seconds 4] [--rounds 3]``. One
embedded PostgreSQL with fsync on; rounds alternate: the disk alone (8 kB written and fdatasync'ed,
one after the other), 64 clients that hold one unit each of one SKU (``POST /api/v1/stock/holds``,
answers after the commit) until it is sold out and beyond, the same over 1,000 SKUs by Zipf's law,
the orders' door on one SKU, and the hold journey without HTTP. The last line is JSON; what it means
is said in bench/README.md.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / ".chaland-bench-hotsku"


def _prepare_environment() -> None:
    """Point Chaland at a database of the benchmark's own, before Django reads its settings."""
    os.environ.pop("DATABASE_URL", None)
    os.environ["CHALAND_DATA"] = str(FOLDER)
    os.environ["CHALAND_ENV"] = "development"
    os.environ["CHALAND_LOG_LEVEL"] = "WARNING"
    os.environ["CHALAND_RATE_PER_MINUTE"] = "0"
    os.environ["DJANGO_SETTINGS_MODULE"] = "chaland.config.settings"


@dataclass(slots=True)
class Rounds:
    """What each round measured, per second; what was granted wrongly, over all of them.

    ``cost_us`` is the processor time of one reservation by who spent it.
    """

    fdatasync: list[float] = field(default_factory=list)
    hot: list[float] = field(default_factory=list)
    zipf: list[float] = field(default_factory=list)
    orders: list[float] = field(default_factory=list)
    in_process: list[float] = field(default_factory=list)
    keyed: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    cost_us: list[dict[str, float]] = field(default_factory=list)
    oversold: int = 0
    undersold: int = 0


def main() -> None:
    """Measure and print; exits with 1 when too much or too little was sold, or stock is untrue."""
    options = _options()
    _prepare_environment()
    shutil.rmtree(FOLDER, ignore_errors=True)
    import django

    django.setup()
    from bench import hotsku_run, intake_run

    intake_run.attach(FOLDER)
    try:
        rounds = hotsku_run.measure(options, Rounds())
        result = _summary(rounds)
    finally:
        intake_run.detach(FOLDER)
    sys.stdout.write(json.dumps(result) + "\n")
    if rounds.oversold or rounds.undersold:
        raise SystemExit(1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement, about")
    parser.add_argument("--rounds", type=int, default=3, help="alternations")
    parser.add_argument("--workers", type=int, default=1, help="server processes")
    return parser.parse_args()


def _summary(rounds: Rounds) -> dict[str, Any]:
    ordered = sorted(rounds.latencies)
    costs = {
        name: round(statistics.median(cost[name] for cost in rounds.cost_us), 1)
        for name in ("client", "server", "postgresql")
    }
    return {
        "bench": "hotsku",
        "value": round(statistics.median(rounds.hot), 1),
        "unit": "reservations/s",
        "yardstick": round(statistics.median(rounds.fdatasync), 1),
        "ratio": _ratio(rounds.hot, rounds.fdatasync),
        "oversold": rounds.oversold,
        "undersold": rounds.undersold,
        "p50_ms": round(ordered[len(ordered) // 2] * 1e3, 1),
        "p99_ms": round(ordered[int(len(ordered) * 0.99)] * 1e3, 1),
        "zipf_per_s": round(statistics.median(rounds.zipf), 1),
        "zipf_ratio": _ratio(rounds.zipf, rounds.fdatasync),
        "keyed_per_s": round(statistics.median(rounds.keyed), 1),
        "keyed_ratio": _ratio(rounds.keyed, rounds.fdatasync),
        "in_process_per_s": round(statistics.median(rounds.in_process), 1),
        "in_process_ratio": _ratio(rounds.in_process, rounds.fdatasync),
        "orders_per_s": round(statistics.median(rounds.orders), 1),
        "orders_ratio": _ratio(rounds.orders, rounds.fdatasync),
        "cost_us": costs,
    }


def _ratio(ours: list[float], disk: list[float]) -> float:
    """Return the median of the rounds' own ratios."""
    pairs = zip(ours, disk, strict=True)
    return round(statistics.median(mine / yardstick for mine, yardstick in pairs), 3)


if __name__ == "__main__":
    main()

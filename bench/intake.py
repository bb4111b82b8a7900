"""Orders per second through the front door, beside pgbench writing the very same rows.

Run it with ``make bench-intake`` or ``python -m bench.intake [--seconds 10] [--rounds 3]``.
Everything happens on one embedded PostgreSQL with fsync on, in one run, alternating: Chaland
(HTTP, 64 keep-alive clients, three-line orders over 500 locations by 5,003 SKUs, everything on),
then pgbench (64 clients, prepared statements, one transaction an order). The last line is JSON;
what it means is said in bench/README.md.
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

FOLDER = Path(__file__).resolve().parent.parent / ".chaland-bench"


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
    """What each round measured, in orders per second, and the latencies of all of them."""

    chaland: list[float] = field(default_factory=list)
    pgbench: dict[str, list[float]] = field(default_factory=lambda: {"plain": [], "grouped": []})
    bulk: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)


def main() -> None:
    """Measure and print; exits with 1 when an order was refused or the stock does not add up."""
    options = _options()
    _prepare_environment()
    shutil.rmtree(FOLDER, ignore_errors=True)
    import django

    django.setup()
    from bench import intake_run

    intake_run.attach(FOLDER)
    try:
        rounds = intake_run.measure(options, Rounds())
        result = _summary(rounds)
    finally:
        intake_run.detach(FOLDER)
    sys.stdout.write(json.dumps(result) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="alternations")
    parser.add_argument("--workers", type=int, default=1, help="server processes")
    return parser.parse_args()


def _summary(rounds: Rounds) -> dict[str, Any]:
    ordered = sorted(rounds.latencies)
    return {
        "bench": "intake",
        "value": round(statistics.median(rounds.chaland), 1),
        "unit": "orders/s",
        "yardstick": round(statistics.median(rounds.pgbench["plain"]), 1),
        "ratio": _ratio(rounds.chaland, rounds.pgbench["plain"]),
        "p50_ms": round(ordered[len(ordered) // 2] * 1e3, 1),
        "p99_ms": round(ordered[int(len(ordered) * 0.99)] * 1e3, 1),
        "yardstick_grouped": round(statistics.median(rounds.pgbench["grouped"]), 1),
        "ratio_grouped": _ratio(rounds.chaland, rounds.pgbench["grouped"]),
        "bulk_orders_per_s": round(statistics.median(rounds.bulk), 1),
        "bulk_ratio": _ratio(rounds.bulk, rounds.pgbench["plain"]),
        "bulk_ratio_grouped": _ratio(rounds.bulk, rounds.pgbench["grouped"]),
    }


def _ratio(ours: list[float], theirs: list[float]) -> float:
    """Return the median of the rounds' own ratios."""
    pairs = zip(ours, theirs, strict=True)
    return round(statistics.median(mine / yardstick for mine, yardstick in pairs), 3)


if __name__ == "__main__":
    main()

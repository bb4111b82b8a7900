"""A snapshot of a million lines and a hundred thousand differences, beside raw COPY and INSERT.

Run it with ``make bench-feed`` or ``python -m bench.feed [--rounds 3]``. A million positions (500
locations by 2,000 SKUs each). In turns: Chaland merges a file of which 5 % of the lines changed,
in a process of its own; then the same file is loaded by one COPY, and written by one INSERT … ON
CONFLICT into a table like that of the positions. Then the same for differences. Then once more
while orders come in. The last line is JSON; what it means is said in bench/README.md.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "build" / "bench-feed"


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
    from bench import feed_run, intake_run

    intake_run.attach(FOLDER)
    try:
        result = feed_run.measure(options)
    finally:
        intake_run.detach(FOLDER)
    sys.stdout.write(json.dumps(_summary(result)) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="alternations")
    parser.add_argument("--lines", type=int, default=1_000_000, help="of the snapshot")
    parser.add_argument("--deltas", type=int, default=100_000, help="differences")
    parser.add_argument("--orders", type=float, default=40.0, help="placed a second meanwhile")
    parser.add_argument("--seconds", type=float, default=15.0, help="orders without a feed")
    return parser.parse_args()


def _summary(result: Any) -> dict[str, Any]:
    snapshots, deltas = result.snapshots, result.deltas
    return {
        "bench": "feed",
        "value": round(statistics.median(item.lines / item.ours for item in snapshots)),
        "unit": "lines/s",
        "yardstick": round(statistics.median(item.lines / item.yardstick for item in snapshots)),
        "ratio": round(statistics.median(item.yardstick / item.ours for item in snapshots), 3),
        "deltas_per_s": round(statistics.median(item.lines / item.ours for item in deltas)),
        "deltas_yardstick": round(
            statistics.median(item.lines / item.yardstick for item in deltas)
        ),
        "deltas_ratio": round(statistics.median(item.yardstick / item.ours for item in deltas), 3),
        "rss_mb": round(max(item.rss_mb for item in snapshots)),
        "rss_mb_tenth": round(result.tenth.rss_mb),
        "deltas_rss_mb": round(max(item.rss_mb for item in deltas)),
        "orders_p99_ms": round(result.before.percentile_ms(0.99), 1),
        "orders_p99_ms_meanwhile": round(result.meanwhile.percentile_ms(0.99), 1),
        "orders_p50_ms": round(result.before.percentile_ms(0.5), 1),
        "orders_p50_ms_meanwhile": round(result.meanwhile.percentile_ms(0.5), 1),
        "orders_per_s_meanwhile": round(result.meanwhile.rate, 1),
        "seconds_meanwhile": round(result.feed_meanwhile.ours, 1),
        "rounds": len(snapshots),
    }


if __name__ == "__main__":
    main()

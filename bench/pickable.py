"""How well Chaland knows what can be picked, on shelves whose truth is known.

Run it with ``python -m bench.pickable [--shops 200] [--seed 1]``. 200 shops with 300 of 3,000
articles each live through 26 weeks of sales, thefts, misplaced goods, wrong deliveries, orders and
counts (``bench/pickable_world.py``). The model learns from the first 20 weeks; every pick of the
last six is predicted. Beside it: the naive prediction, each shop's own rate of picks so far.

Then each way to choose what to count (the directed list, ABC by turnover, by chance) gets the same
number of counts in the same shops, and the share of promised sales that are true is measured.

The reading of chances is timed on the database, as promise and sourcing would read them: 200 SKUs
at 500 locations, after news. The last line is JSON: ``value`` and ``yardstick`` are
Brier scores, ``ratio`` is the yardstick over ours (above 1 is better).
"""

import argparse
import json
import os
import random
import shutil
import statistics
import sys
import time
from pathlib import Path

from bench.pickable_trial import (
    TAUGHT_DAYS,
    Proof,
    Trial,
    by_chance,
    looks_of,
    proof,
    taught,
    trials,
)
from bench.pickable_world import Size, World

FOLDER = Path(__file__).resolve().parent.parent / "build" / "bench-pickable"
TRIAL_WEEKS, A_DAY = 6, 5
TRUE_SHARE = 0.95
READ_SKUS, ROUNDS = 200, 40

_EVIDENCE = """
INSERT INTO accuracy_evidence
    (sku_id, location_id, first_at, sold, received, missed, found, found_after, received_after,
     mass, pickable, scored_at)
SELECT sku_id, location_id, now() - interval '90 days', 3, 4, 0, 1, 0, 0, 0.5,
       0.5 + mod(sku_id * 31 + location_id * 17, 1000) / 2001.0, now()
FROM inventory_position
"""
_NEWS = """
UPDATE accuracy_evidence SET pickable = pickable * 0.99, xid = pg_current_xact_id()
WHERE sku_id = ANY (%s::int[]) AND mod(location_id, 50) = 0
"""
_PLAIN = """
SELECT array_send(array_agg(sku_id::int4)), array_send(array_agg(location_id::int4)),
       array_send(array_agg(pickable::float4))
FROM accuracy_evidence
WHERE sku_id = ANY (%s::int[])
"""


def main() -> None:
    """Run everything and print one JSON line last."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--shops", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    found = proof(World(Size(shops=options.shops), options.seed))
    _show(found)
    ways = _ways(options.shops, options.seed)
    for way in ways:
        shares = " ".join(f"{value:.3f}" for value in way.weeks)
        print(f"{way.name:>9}: {shares}", file=sys.stderr)
    reading = _reading()
    counts = {way.name: way.counts_to_reach(TRUE_SHARE) for way in ways}
    table = found.calibration
    print(
        json.dumps(
            {
                "bench": "pickable",
                "value": round(table.brier, 5),
                "yardstick": round(table.base_brier, 5),
                "ratio": round(table.base_brier / table.brier, 3),
                "log_loss": round(table.log_loss, 5),
                "base_log_loss": round(table.base_log_loss, 5),
                "picks": table.outcomes,
                "calibration_error": round(table.error, 4),
                "worst_decile": round(table.worst, 4),
                "units_expected_over_found": round(found.units_expected / found.units_seen, 3),
                "counts_for_95_percent_true": {
                    name: round(number) if number < float("inf") else None
                    for name, number in counts.items()
                },
                **reading,
            }
        )
    )


def _show(found: Proof) -> None:
    sys.stderr.write("predicted  found    picks\n")
    for row in found.calibration.rows:
        print(f"{row.predicted:9.3f}  {row.observed:.3f}  {row.outcomes:7,}", file=sys.stderr)


def _ways(shops: int, seed: int) -> list[Trial]:
    world = World(Size(shops=min(shops, 100)), seed + 1)
    world.run(0, TAUGHT_DAYS, by_chance)
    model = taught(world, looks_of(world))
    return trials(world, model, first_day=TAUGHT_DAYS, weeks=TRIAL_WEEKS, a_day=A_DAY)


def _reading() -> dict[str, float]:
    """Time reading 200 SKUs at 500 locations after news, beside the same by SQL; milliseconds."""
    os.environ.pop("DATABASE_URL", None)
    os.environ["CHALAND_DATA"] = str(FOLDER)
    os.environ["DJANGO_SETTINGS_MODULE"] = "chaland.config.settings"
    shutil.rmtree(FOLDER, ignore_errors=True)
    import django

    django.setup()
    from bench import intake_run, intake_world

    intake_run.attach(FOLDER)
    try:
        intake_world.build()
        return _timed_reading()
    finally:
        intake_run.detach(FOLDER)


def _timed_reading() -> dict[str, float]:
    from chaland.accuracy.queries import pickable
    from chaland.database.statements import execute, fetch_one
    from chaland.network.queries import snapshot

    execute(_EVIDENCE)
    execute("ANALYZE accuracy_evidence")
    network = snapshot()
    everything = fetch_one("SELECT array_agg(id ORDER BY id) FROM catalog_sku WHERE NOT is_kit")
    ids = list(everything[0]) if everything else []
    pickable(ids[:2000], network)
    ours, plain = [], []
    draw = random.Random(1)
    for _ in range(ROUNDS):
        wanted = draw.sample(ids[:2000], READ_SKUS)
        execute(_NEWS, [draw.sample(ids[:2000], 200)])
        started = time.perf_counter()
        pickable(wanted, network)
        ours.append(time.perf_counter() - started)
        started = time.perf_counter()
        fetch_one(_PLAIN, [wanted], binary=True)
        plain.append(time.perf_counter() - started)
    return {
        "read_ms": round(statistics.median(ours) * 1e3, 2),
        "read_sql_ms": round(statistics.median(plain) * 1e3, 2),
    }


if __name__ == "__main__":
    main()

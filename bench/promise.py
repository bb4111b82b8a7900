"""Promised days against what happened, order after order, with the product's own learning.

``python -m bench.promise [--train A.parquet --test B.parquet] [--late 0.044]``. Without files:
``olist_promise``, learned from purchases before 2018, held against those after. The orders of the
test file are promised one after the other in order of purchase, each from what had happened by
then; the model is learned anew when a day begins (``chaland.promise.learning``, as the worker of
the product does), and an outcome is seen only once it has happened, of the train file too.

The last line is JSON: ``late`` (share delivered on a calendar day after the promised one), ``days``
(promised day minus day of purchase, mean), ``mae`` (of the point forecast, in days), ``coverage``
(share that arrived by the moment stated for 80, 90, 95 %). Beside it, on the same orders: Olist's
own promise, a table of the 90 % quantile of each lane, and Chaland with the same chance for each
parcel instead of the risk spread (``equal``).
"""

import argparse
import json
import os
import sys
from pathlib import Path

from bench.promise_data import Order, Orders, load
from bench.promise_run import SHARES, Answer, Judged, coverage, error, judged, run
from bench.promise_yardsticks import by_lanes, by_olist

SHARED = Path(os.environ.get("CHALAND_SHARED", "../shared"))
ORDERS = SHARED / "data" / "olist_promise" / "orders_before_2018-04.parquet"
FIRST_TEST_SECOND = 1_514_764_800  # 2018-01-01 by the wall clock
LATE = 0.044


def main() -> None:
    """Run everything and print one JSON line last."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--train", type=Path)
    parser.add_argument("--test", type=Path)
    parser.add_argument("--late", type=float, default=LATE, help="share that may be late")
    options = parser.parse_args()
    if (options.train is None) != (options.test is None):
        parser.error("give --train and --test, or neither")
    taught, tested, excluded = _orders(options.train, options.test)
    if not tested:
        parser.error("the test file holds no order that was purchased and delivered")
    answers = run(taught, tested, late=options.late)
    print(json.dumps(_result(taught, tested, answers, excluded=excluded, allowed=options.late)))


def _orders(train: Path | None, test: Path | None) -> tuple[list[Order], list[Order], int]:
    """Return what is learned from, what is promised, and how many rows could not be used."""
    if train is not None and test is not None:
        taught, tested = load(train), load(test)
    else:
        if not ORDERS.exists():
            raise SystemExit(f"{ORDERS} is not there: give --train and --test.")
        everything = load(ORDERS)
        early = [row for row in everything.rows if row.seen.ordered_at < FIRST_TEST_SECOND]
        taught = Orders(early, everything.excluded)
        tested = Orders(everything.rows[len(early) :], 0)
    promised = {order.number for order in tested.rows}
    rows = [order for order in taught.rows if order.number not in promised]
    return rows, tested.rows, taught.excluded + tested.excluded


def _result(
    taught: list[Order],
    tested: list[Order],
    answers: list[Answer],
    *,
    excluded: int,
    allowed: float,
) -> dict[str, object]:
    ours = judged(tested, [answer.promised for answer in answers])
    olist, lanes = by_olist(tested), by_lanes(taught, tested)
    equal = judged(tested, [answer.equal for answer in answers])
    for name, one in (("chaland", ours), ("equal", equal), ("olist", olist), ("lanes", lanes)):
        if one is not None:
            print(f"{name:>8}: late {one.late:.2%}, days {one.days:.2f}", file=sys.stderr)
    return {
        "bench": "promise",
        "late": round(ours.late, 4),
        "days": round(ours.days, 2),
        "mae": round(error(answers), 2),
        "coverage": {str(share): round(coverage(answers, share), 4) for share in SHARES},
        "allowed": allowed,
        "orders": len(tested),
        "learned_from": len(taught),
        "excluded": excluded,
        **_fields("equal", equal),
        **_fields("olist", olist),
        **_fields("lanes", lanes),
        "ratio": None if olist is None else round(olist.days / ours.days, 3),
    }


def _fields(name: str, one: Judged | None) -> dict[str, float | None]:
    return {
        f"{name}_late": None if one is None else round(one.late, 4),
        f"{name}_days": None if one is None else round(one.days, 2),
    }


if __name__ == "__main__":
    main()

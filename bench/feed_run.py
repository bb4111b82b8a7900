"""The running of the feed benchmark: files, Chaland in a process of its own, the yardstick."""

import argparse
import json
import multiprocessing
import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from bench import intake_world
from bench.feed_process import merge
from bench.intake_run import say, serving
from bench.steady_orders import Report, SteadyOrders

SKUS_A_LOCATION = 2_000
CHANGED = 0.05

_YARD = """
CREATE TABLE yard (LIKE inventory_position INCLUDING ALL EXCLUDING CONSTRAINTS)
    WITH (fillfactor = 70);
INSERT INTO yard SELECT * FROM inventory_position ORDER BY sku_id, location_id;
"""
_YARD_SNAPSHOT = """
INSERT INTO yard
    (sku_id, location_id, on_hand, reserved, unavailable, incoming, version, updated_at)
SELECT s.id, l.id, t.quantity, 0, 0, 0, 1, now()
FROM incoming t
JOIN catalog_sku s ON s.code = t.sku
JOIN network_location l ON l.code = t.location
ON CONFLICT (sku_id, location_id)
DO UPDATE SET on_hand = excluded.on_hand, version = yard.version + 1,
              updated_at = excluded.updated_at
"""
_YARD_DELTAS = """
INSERT INTO yard
    (sku_id, location_id, on_hand, reserved, unavailable, incoming, version, updated_at)
SELECT s.id, l.id, sum(t.quantity), 0, 0, 0, 1, now()
FROM incoming t
JOIN catalog_sku s ON s.code = t.sku
JOIN network_location l ON l.code = t.location
GROUP BY s.id, l.id
ON CONFLICT (sku_id, location_id)
DO UPDATE SET on_hand = yard.on_hand + excluded.on_hand, version = yard.version + 1,
              updated_at = excluded.updated_at
"""


@dataclass(frozen=True, slots=True)
class Timed:
    """One file, in seconds: by Chaland, and by the yardstick."""

    lines: int
    ours: float
    yardstick: float
    rss_mb: float


@dataclass(slots=True)
class Result:
    """Everything that was measured."""

    snapshots: list[Timed] = field(default_factory=list)
    deltas: list[Timed] = field(default_factory=list)
    tenth: Timed = Timed(0, 1, 1, 0)
    feed_meanwhile: Timed = Timed(0, 1, 1, 0)
    before: Report = field(default_factory=Report)
    meanwhile: Report = field(default_factory=Report)


def measure(options: argparse.Namespace) -> Result:
    """Build, alternate, then once more while orders come in."""
    started = time.perf_counter()
    token = intake_world.build()
    _build_more()
    say(f"a million positions built in {time.perf_counter() - started:.1f} s")
    files = _Files(options.lines)
    result = Result()
    result.tenth = _one(files.snapshot(options.lines // 10), "erp")
    for number in range(1, options.rounds + 1):
        result.snapshots.append(_one(files.snapshot(options.lines), "erp"))
        result.deltas.append(_one(files.deltas(options.deltas), "pos"))
        for what, item in (("snapshot", result.snapshots[-1]), ("deltas", result.deltas[-1])):
            say(
                f"round {number} {what}: {item.ours:.2f} s, yardstick {item.yardstick:.2f} s,"
                f" ratio {item.yardstick / item.ours:.2f}, {item.rss_mb:.0f} MB"
            )
    with serving(1) as (port, _):
        _warm(port, token, options)
        orders = _orders(port, token, options, "before")
        time.sleep(options.seconds)
        result.before = _all_placed(orders.stop())
        orders = _orders(port, token, options, "meanwhile")
        result.feed_meanwhile = _one(files.snapshot(options.lines), "erp", yardstick=False)
        result.meanwhile = _all_placed(orders.stop())
    _verify()
    return result


def _orders(port: int, token: str, options: argparse.Namespace, run: str) -> SteadyOrders:
    return SteadyOrders(port, token, rate=options.orders, skus=intake_world.SKUS, run=run)


def _all_placed(report: Report) -> Report:
    """Return *report*, unless an order was refused: there is enough of everything."""
    if report.refused:
        raise SystemExit(f"{report.refused} orders were refused")
    return report


def _warm(port: int, token: str, options: argparse.Namespace) -> None:
    orders = _orders(port, token, options, "warm")
    time.sleep(5)
    orders.stop()


def _build_more() -> None:
    """Give each location twice as many SKUs as the intake benchmark does, feeds, and the yard."""
    from django.db import connection, transaction

    from chaland.feeds.operations import save_feed
    from chaland.feeds.types import FeedDraft, FeedMode, Layout
    from chaland.inventory.operations import load_opening_stock
    from chaland.inventory.types import OpeningStock
    from chaland.kernel import clock
    from chaland.kernel.actor import SYSTEM

    more = (
        OpeningStock(intake_world.held_sku(location, index), location, 100_000)
        for location in range(1, intake_world.LOCATIONS + 1)
        for index in range(intake_world.HELD, SKUS_A_LOCATION)
    )
    now = clock.now()
    columns = {name: name for name in ("sku", "location", "quantity")}
    with transaction.atomic():
        load_opening_stock(stock=more, source="bench", now=now, actor=SYSTEM)
        erp = FeedDraft(
            code="erp", name="ERP", mode=FeedMode.SNAPSHOT, layout=Layout(columns=columns)
        )
        told = {**columns, "as_of": "as_of", "line_id": "line_id"}
        pos = FeedDraft(code="pos", name="POS", mode=FeedMode.DELTA, layout=Layout(columns=told))
        for draft in (erp, pos):
            save_feed(draft=draft, now=now, actor=SYSTEM)
    with connection.cursor() as cursor:
        cursor.execute(_YARD)
        cursor.execute("VACUUM (ANALYZE)")
    connection.close()


class _Files:
    """Files that a peer would send, of a stock that it keeps in mind."""

    def __init__(self, lines: int) -> None:
        self._random = random.Random(20_261_125)
        self._pairs = [
            (f"SKU-{intake_world.held_sku(location, index):05d}", f"LOC-{location:03d}")
            for location in range(1, intake_world.LOCATIONS + 1)
            for index in range(SKUS_A_LOCATION)
        ][:lines]
        self._units = [100_000] * len(self._pairs)
        self._numbers = 0
        self._moment = datetime.now(UTC) - timedelta(hours=1)

    def snapshot(self, lines: int) -> tuple[Path, int, datetime]:
        """Write what there is, 5 % of it changed since the last time."""
        path = self._path("snapshot")
        for place in self._random.sample(range(lines), int(lines * CHANGED)):
            self._units[place] += self._random.choice((-3, -2, -1, 1, 2))
        with path.open("w") as file:
            file.write("sku;location;quantity\n")
            file.writelines(
                f"{sku};{location};{units}\n"
                for (sku, location), units in zip(
                    self._pairs[:lines], self._units[:lines], strict=True
                )
            )
        return path, lines, self._moment

    def deltas(self, lines: int) -> tuple[Path, int, datetime]:
        """Write what came and went, a line each."""
        path = self._path("deltas")
        with path.open("w") as file:
            file.write("sku;location;quantity;as_of;line_id\n")
            for number in range(lines):
                place = self._random.randrange(len(self._pairs))
                units = self._random.choice((-2, -1, -1, 1))
                self._units[place] += units
                sku, location = self._pairs[place]
                file.write(
                    f"{sku};{location};{units};{self._moment.isoformat()};{path.stem}-{number}\n"
                )
        return path, lines, self._moment

    def _path(self, what: str) -> Path:
        from django.conf import settings

        self._numbers += 1
        self._moment += timedelta(seconds=1)
        return Path(settings.CHALAND_DATA) / f"{what}-{self._numbers}.csv"


def _one(made: tuple[Path, int, datetime], feed: str, *, yardstick: bool = True) -> Timed:
    """Give a file to Chaland, then to the yardstick; each begins with a checkpoint behind it."""
    path, lines, as_of = made
    _settle()
    ours, rss = _by_chaland(path, feed, as_of, lines)
    theirs = 1.0
    if yardstick:
        _settle()
        theirs = _by_yardstick(path, feed)
    path.unlink()
    return Timed(lines, ours, theirs, rss)


def _settle() -> None:
    with _connect() as connection:
        connection.execute("VACUUM (ANALYZE) inventory_position, yard, inventory_confirmation")
        connection.execute("CHECKPOINT")


def _by_chaland(path: Path, feed: str, as_of: datetime, lines: int) -> tuple[float, float]:
    """Merge a file in a fresh process that is ready to work; return seconds and its most memory."""
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    process = context.Process(target=merge, args=(str(path), feed, as_of, lines, results))
    process.start()
    answer = results.get(timeout=600)
    process.join()
    if isinstance(answer, str):
        raise SystemExit(answer)
    seconds, rss = answer
    return float(seconds), float(rss)


def _by_yardstick(path: Path, feed: str) -> float:
    """Load the same bytes by one COPY, and write them by one INSERT … ON CONFLICT."""
    columns = "sku text, location text, quantity int"
    columns += ", as_of timestamptz, line_id text" if feed == "pos" else ""
    with _connect() as connection:
        connection.autocommit = False
        started = time.perf_counter()
        connection.execute(f"CREATE TEMP TABLE incoming ({columns}) ON COMMIT DROP")
        copy = "COPY incoming FROM STDIN (FORMAT csv, HEADER, DELIMITER ';')"
        with connection.cursor().copy(copy) as out, path.open("rb") as file:
            while piece := file.read(1 << 20):
                out.write(piece)
        connection.execute(_YARD_DELTAS if feed == "pos" else _YARD_SNAPSHOT)
        connection.commit()
        return time.perf_counter() - started


def _verify() -> None:
    """After all that, the stock must add up."""
    from chaland.inventory.queries import verify

    broken = [check for check in verify().checks if check.broken]
    say("stock verify: " + ("clean" if not broken else f"BROKEN {json.dumps(str(broken))}"))
    if broken:
        raise SystemExit(1)


def _connect() -> psycopg.Connection[Any]:
    from django.db import connections

    target = connections["default"].settings_dict
    return psycopg.connect(
        host=target["HOST"], user=target["USER"], dbname=target["NAME"], autocommit=True
    )

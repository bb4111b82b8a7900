"""The running of the intake benchmark: build the retailer, start the server, measure in turns."""

import argparse
import itertools
import json
import os
import random
import re
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import psycopg
from django.core.management import call_command

from bench import intake_world, intake_yardstick
from bench.http_load import LoadResult, request_bytes, run_load
from bench.intake_profile import shares_by_room
from chaland.database import embedded
from chaland.database.cluster import binaries

if TYPE_CHECKING:
    from bench.intake import Rounds

CLIENTS = 64
BULK_SIZE = 500
START_SECONDS = 60

_runs = itertools.count(1)


def attach(folder: Path) -> None:
    """Start the benchmark's PostgreSQL and make its tables."""
    embedded.attach(folder)
    call_command("migrate", interactive=False, verbosity=0)


def detach(folder: Path) -> None:
    """Stop the benchmark's PostgreSQL."""
    from django.db import connections

    connections.close_all()
    connections["default"].close_pool()  # type: ignore[attr-defined]  # PostgreSQL's own
    embedded.stop(folder)


def measure(options: argparse.Namespace, rounds: "Rounds") -> "Rounds":
    """Build, warm up, then alternate; say what happens on standard error."""
    started = time.perf_counter()
    token = intake_world.build()
    say(f"retailer built in {time.perf_counter() - started:.1f} s")
    with serving(options.workers) as (port, server):
        orders = _Orders(token)
        _expect_created(orders.load(port, options.seconds / 2), "warm-up")
        scripts = _yardstick_scripts(orders, port)
        for number in range(1, options.rounds + 1):
            _one_round(number, options, orders, (port, server), scripts, rounds)
    shares = shares_by_room(orders.body)
    listed = ", ".join(f"{part} {share:.0%}" for part, share in shares.items() if share > 0.01)
    say(f"deciding and writing, in one process under the profiler: {listed}")
    _verify()
    return rounds


def _one_round(
    number: int,
    options: argparse.Namespace,
    orders: "_Orders",
    served: tuple[int, psutil.Process],
    scripts: dict[str, Path],
    rounds: "Rounds",
) -> None:
    port, server = served
    before = cpu_seconds(server)
    ours = orders.load(port, options.seconds)
    spent = cpu_seconds(server)
    _expect_created(ours, f"round {number}")
    rounds.chaland.append(ours.statuses[201] / ours.seconds)
    rounds.latencies += ours.latencies
    say(
        f"round {number}: Chaland {rounds.chaland[-1]:.0f}/s, processor time an order:"
        f" {_per_order(before, spent, ours.statuses[201])}"
    )
    for name, script in scripts.items():
        beside = cpu_seconds(server)
        rate = _pgbench(script, options.seconds)
        yardstick = cpu_seconds(server)
        rounds.pgbench[name].append(rate)
        say(
            f"  pgbench {name} {rate:.0f}/s,"
            f" {_per_order(beside, yardstick, rate * options.seconds)}"
        )
    before = cpu_seconds(server)
    rate, placed = _bulk(orders, port, options.seconds)
    rounds.bulk.append(rate)
    say(f"  bulk {rate:.0f}/s, {_per_order(before, cpu_seconds(server), placed)}")


def _per_order(before: dict[str, float], after: dict[str, float], orders: float) -> str:
    """Say how many microseconds of processor time each part took for one order."""
    return ", ".join(
        f"{name} {(after[name] - before[name]) / orders * 1e6:.0f} µs" for name in sorted(after)
    )


class _Orders:
    """Orders that never repeat, made before they are sent."""

    def __init__(self, token: str) -> None:
        self._headers = {"Authorization": f"Bearer {token}"}
        self._numbers = itertools.count(1)
        self._random = random.Random(20_261_122)
        self._places = intake_world.PLACES

    def body(self) -> dict[str, Any]:
        number = next(self._numbers)
        place = self._random.choice(self._places)
        return {
            "channel": "web",
            "external_id": f"BENCH-{number}",
            "placed_at": datetime.now(UTC).isoformat(),
            "currency": "EUR",
            "customer": {
                "name": f"Camille Martin {number}",
                "email": f"camille{number}@example.org",
            },
            "delivery": {
                "method": "ship",
                "address": {
                    "street": f"{number % 200 + 1} rue des Lilas",
                    "postal_code": place.postal_code,
                    "city": place.name,
                    "country": "FR",
                },
            },
            "lines": [
                {
                    "sku": f"SKU-{sku:05d}",
                    "quantity": 1,
                    "unit_price": {"amount": "12.90", "currency": "EUR"},
                }
                for sku in self._random.sample(range(1, intake_world.SKUS + 1), 3)
            ],
            "shipping": {"amount": "4.90", "currency": "EUR"},
        }

    def request(self) -> bytes:
        body = self.body()
        return request_bytes(
            "/api/v1/orders",
            json.dumps(body).encode(),
            headers={**self._headers, "Idempotency-Key": body["external_id"]},
        )

    def bulk_request(self) -> bytes:
        body = {"orders": [self.body() for _ in range(BULK_SIZE)]}
        return request_bytes(
            "/api/v1/orders/bulk", json.dumps(body).encode(), headers=self._headers
        )

    def load(self, port: int, seconds: float) -> LoadResult:
        ready = [self.request() for _ in range(int(4000 * seconds))]
        return run_load(("127.0.0.1", port), iter(ready), connections=CLIENTS, seconds=seconds)


def _expect_created(result: LoadResult, what: str) -> None:
    strange = {status: count for status, count in result.statuses.items() if status != 201}
    if strange:
        status = next(iter(strange))
        message = (
            f"{what}: {strange} answers other than 201, such as {result.first_bodies[status]!r}"
        )
        raise SystemExit(message)


def _bulk(orders: _Orders, port: int, seconds: float) -> tuple[float, int]:
    """Return the orders per second that the bulk endpoint took, and how many it took."""
    ready = [orders.bulk_request() for _ in range(max(8, int(8 * seconds)))]
    result = run_load(("127.0.0.1", port), iter(ready), connections=2, seconds=seconds)
    if result.statuses.keys() != {200}:
        message = f"bulk answered {result.statuses}: {result.first_bodies}"
        raise SystemExit(message)
    body = json.loads(result.first_bodies[200].partition(b"\r\n\r\n")[2])
    if any(item["status"] != "created" for item in body["results"]):
        message = f"bulk refused orders: {body['results'][:3]}"
        raise SystemExit(message)
    placed = result.statuses[200] * BULK_SIZE
    return placed / result.seconds, placed


def _yardstick_scripts(orders: _Orders, port: int) -> dict[str, Path]:
    """Place orders one by one until one came from a single location; make its scripts."""
    from django.conf import settings

    with _connect() as connection:
        for _ in range(50):
            result = run_load(
                ("127.0.0.1", port), iter([orders.request()]), connections=1, seconds=0
            )
            order = json.loads(result.first_bodies[201].partition(b"\r\n\r\n")[2])
            if len(order["fulfilment_orders"]) == 1:
                break
        (xid,) = connection.execute(
            "SELECT xmin::text FROM orders_order WHERE external_id = %s", [order["external_id"]]
        ).fetchone() or ("",)
        written = intake_yardstick.rows_written_by(connection, xid)
        written = intake_yardstick.insertion_order(connection, written)
    tables = ", ".join(f"{item.table} {len(item.rows)}" for item in written)
    say(f"one order writes {intake_yardstick.row_count(written)} rows: {tables}")
    scripts = {}
    for name in ("plain", "grouped"):
        scripts[name] = Path(settings.CHALAND_DATA) / f"yardstick_{name}.sql"
        text = intake_yardstick.pgbench_script(written, grouped=name == "grouped")
        scripts[name].write_text(text)
    return scripts


def _pgbench(script: Path, seconds: float) -> float:
    """Run the yardstick and return its transactions per second."""
    from django.db import connections

    target = connections["default"].settings_dict
    done = subprocess.run(
        [
            str(binaries() / "pgbench"),
            *("--host", str(target["HOST"]), "--username", str(target["USER"])),
            *("--client", str(CLIENTS), "--jobs", "2", "--time", str(max(1, round(seconds)))),
            *("--protocol", "prepared", "--no-vacuum", "--file", str(script)),
            *("--define", "n=0", "--define", f"run={next(_runs)}"),
            str(target["NAME"]),
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    if (
        done.returncode != 0
        or found is None
        or "number of failed transactions: 0 " not in done.stdout
    ):
        message = f"pgbench failed: {done.stdout}\n{done.stderr[-2000:]}"
        raise SystemExit(message)
    return float(found.group(1))


@contextmanager
def serving(workers: int) -> Iterator[tuple[int, psutil.Process]]:
    """Run `chaland serve` on a free port, as an operator would."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    chaland = Path(sys.executable).with_name("chaland")
    process = subprocess.Popen(
        [str(chaland), "serve", "--port", str(port), "--workers", str(workers)],
        env=os.environ.copy(),
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_until_open(port, process)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_until_open(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    message = "the server did not start"
    raise SystemExit(message)


def cpu_seconds(head: psutil.Process) -> dict[str, float]:
    """Return the processor time used so far by us, pgbench, the server and PostgreSQL."""
    from django.conf import settings

    postmaster_pid = (Path(settings.CHALAND_DATA) / "postgres/data/postmaster.pid").read_text()
    own = psutil.Process().cpu_times()
    return {
        "client": own.user + own.system,
        "pgbench": resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        + resource.getrusage(resource.RUSAGE_CHILDREN).ru_stime,
        "postgresql": _family_seconds(psutil.Process(int(postmaster_pid.split()[0]))),
        "server": _family_seconds(head),
    }


def _family_seconds(head: psutil.Process) -> float:
    """Return the processor time of a process, its living children and those that have ended."""
    ended = head.cpu_times()
    total = ended.user + ended.system + ended.children_user + ended.children_system
    for child in head.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            times = child.cpu_times()
            total += times.user + times.system
    return float(total)


def _verify() -> None:
    """After all that, the stock must still add up (pgbench wrote its rows by the same rules)."""
    from chaland.inventory.queries import verify

    broken = [check for check in verify().checks if check.broken]
    say("stock verify: " + ("clean" if not broken else f"BROKEN {broken}"))
    if broken:
        raise SystemExit(1)


def _connect() -> psycopg.Connection[Any]:
    from django.db import connections

    target = connections["default"].settings_dict
    return psycopg.connect(
        host=target["HOST"], user=target["USER"], dbname=target["NAME"], autocommit=True
    )


def say(text: str) -> None:
    """Say something on standard error: standard output is for the result."""
    sys.stderr.write(text + "\n")

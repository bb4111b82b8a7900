"""The running of the availability benchmark: serve, order steadily, and ask in turns."""

import argparse
import itertools
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench import availability_world, intake_run
from bench.availability_world import Shape, code_of
from bench.http_load import LoadResult, get_bytes, run_load
from bench.intake_run import cpu_seconds, say
from bench.steady_orders import Report, SteadyOrders
from chaland.database.cluster import binaries

CLIENTS = 64
SKUS_ASKED = 50
QUESTIONS = 4_000
FILL_SECONDS = 300

_runs = itertools.count(1)


@dataclass(slots=True)
class Rounds:
    """What each round measured."""

    chaland: list[float] = field(default_factory=list)
    pgbench: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    yardstick_p50_ms: list[float] = field(default_factory=list)
    yardstick_p99_ms: list[float] = field(default_factory=list)
    orders: list[float] = field(default_factory=list)
    ages: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Served:
    """A running server of a retailer, and the questions asked of it."""

    port: int
    process: psutil.Process
    token: str
    shape: Shape
    questions: list[bytes]

    def ask(self, seconds: float) -> LoadResult:
        result = run_load(
            ("127.0.0.1", self.port),
            itertools.cycle(self.questions),
            connections=CLIENTS,
            seconds=seconds,
        )
        if result.statuses.keys() != {200}:
            message = f"answers other than 200: {result.statuses} {result.first_bodies}"
            raise SystemExit(message)
        return result

    def orders(self, rate: float) -> SteadyOrders:
        run = f"{next(_runs)}-{time.time_ns()}"
        return SteadyOrders(
            self.port, self.token, rate=rate, skus=self.shape.skus, run=run, watch=True
        )


def beside_pgbench(folder: Path, shape: Shape, options: argparse.Namespace) -> Rounds:
    """Measure Chaland and pgbench in turns while orders are placed."""
    rounds = Rounds()
    with _retailer(folder, shape, options.workers) as served:
        _see_that_both_say_the_same(served)
        script = folder / "yardstick_availability.sql"
        script.write_text(_yardstick(shape))
        for number in range(1, options.rounds + 1):
            _one_round(number, served, script, options, rounds)
    return rounds


def cost(folder: Path, shape: Shape, options: argparse.Namespace) -> float:
    """Return the server's processor time for one request, in microseconds.

    Orders are placed at the same rate with and without requests; what they take by themselves is
    not a request's.
    """
    costs = []
    with _retailer(folder, shape, options.workers) as served:
        for _ in range(options.rounds):
            idle, _ = _server_seconds(served, options, ask=False)
            busy, requests = _server_seconds(served, options, ask=True)
            costs.append((busy - idle) / requests * 1e6)
            say(f"{shape.locations} locations: {costs[-1]:.1f} µs of the server a request")
    return sorted(costs)[len(costs) // 2]


def _server_seconds(
    served: _Served, options: argparse.Namespace, *, ask: bool
) -> tuple[float, int]:
    orders = served.orders(options.orders)
    time.sleep(1)
    before = cpu_seconds(served.process)["server"]
    requests = 0
    started = time.perf_counter()
    if ask:
        requests = len(served.ask(options.seconds).latencies)
    else:
        time.sleep(options.seconds)
    spent = cpu_seconds(served.process)["server"] - before
    seconds = time.perf_counter() - started
    orders.stop()
    return spent / seconds * options.seconds, requests


def _one_round(
    number: int, served: _Served, script: Path, options: argparse.Namespace, rounds: Rounds
) -> None:
    before = cpu_seconds(served.process)
    orders = served.orders(options.orders)
    result = served.ask(options.seconds)
    report = orders.stop()
    after = cpu_seconds(served.process)
    count = len(result.latencies)
    rounds.chaland.append(count / result.seconds)
    rounds.latencies += result.latencies
    rounds.ages += report.ages
    rounds.orders.append(report.placed / result.seconds)
    say(
        f"round {number}: Chaland {rounds.chaland[-1]:.0f}/s, {_orders(report)}, processor time:"
        f" {_per_request(before, after, count)}"
    )
    before = cpu_seconds(served.process)
    orders = served.orders(options.orders)
    rate, p50, p99 = _pgbench(script, options.seconds)
    report = orders.stop()
    after = cpu_seconds(served.process)
    rounds.pgbench.append(rate)
    rounds.yardstick_p50_ms.append(p50)
    rounds.yardstick_p99_ms.append(p99)
    rounds.orders.append(report.placed / options.seconds)
    say(
        f"  pgbench {rate:.0f}/s, p99 {p99:.2f} ms, {_orders(report)}, processor time:"
        f" {_per_request(before, after, int(rate * options.seconds))}"
    )


def _orders(report: Report) -> str:
    return f"{report.placed} orders placed and {report.refused} refused meanwhile"


def _per_request(before: dict[str, float], after: dict[str, float], count: int) -> str:
    parts = ((name, (after[name] - before[name]) / count * 1e6) for name in sorted(after))
    return ", ".join(f"{name} {cost:.0f} µs" for name, cost in parts)


@contextmanager
def _retailer(folder: Path, shape: Shape, workers: int) -> Iterator[_Served]:
    """Build a retailer, serve it, let a worker publish, and ask for everything once."""
    shutil.rmtree(folder, ignore_errors=True)
    intake_run.attach(folder)
    try:
        started = time.perf_counter()
        token = availability_world.build(shape)
        say(f"{shape} built in {time.perf_counter() - started:.1f} s")
        with _worker(), intake_run.serving(workers) as (port, process):
            served = _Served(port, process, token, shape, _questions(token, shape))
            _wait_until_published(shape)
            for _ in range(2):
                served.ask(3)
            yield served
    finally:
        intake_run.detach(folder)


def _questions(token: str, shape: Shape) -> list[bytes]:
    """Make requests for SKUs at random, and first of all a few that ask for every SKU."""
    draw = random.Random(20_261_125)
    everything = [code_of(number) for number in range(1, shape.skus + 1)]
    asked = [everything[at : at + SKUS_ASKED] for at in range(0, shape.skus, SKUS_ASKED)]
    asked += [draw.sample(everything, SKUS_ASKED) for _ in range(QUESTIONS)]
    headers = {"Authorization": f"Bearer {token}"}
    return [
        get_bytes(
            "/api/v1/stock/availability?channel=web" + "".join(f"&sku={code}" for code in codes),
            headers=headers,
        )
        for codes in asked
    ]


def _yardstick(shape: Shape) -> str:
    """Return the cheapest statement that gives the same answer, from the published lines."""
    drawn = [f"\\set s{n} random(1, {shape.skus})" for n in range(SKUS_ASKED)]
    listed = ", ".join(f":s{n}" for n in range(SKUS_ASKED))
    query = (
        "SELECT sku_id, available, ship, pickup, state FROM availability_published"
        f" WHERE channel_id = 1 AND sku_id IN ({listed});"
    )
    return "\n".join([*drawn, query, ""])


def _pgbench(script: Path, seconds: float) -> tuple[float, float, float]:
    """Run the yardstick; return its transactions per second, and p50 and p99 in milliseconds."""
    from django.db import connections

    target = connections["default"].settings_dict
    prefix = script.parent / "pgbench_log"
    done = subprocess.run(
        [
            str(binaries() / "pgbench"),
            *("--host", str(target["HOST"]), "--username", str(target["USER"])),
            *("--client", str(CLIENTS), "--jobs", "2", "--time", str(max(1, round(seconds)))),
            *("--protocol", "prepared", "--no-vacuum", "--file", str(script)),
            *("--log", "--log-prefix", str(prefix), "--sampling-rate", "0.05"),
            str(target["NAME"]),
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    if done.returncode != 0 or found is None:
        message = f"pgbench failed: {done.stdout}\n{done.stderr[-2000:]}"
        raise SystemExit(message)
    logs = list(script.parent.glob("pgbench_log.*"))
    times = sorted(
        int(line.split()[2]) for log in logs for line in log.read_text().splitlines() if line
    )
    for log in logs:
        log.unlink()
    return (
        float(found.group(1)),
        times[len(times) // 2] / 1e3,
        times[int(len(times) * 0.99)] / 1e3,
    )


def _see_that_both_say_the_same(served: _Served) -> None:
    """Compare an answer with the published lines: the yardstick must give the same."""
    import json

    from chaland.database.statements import fetch_all

    result = run_load(
        ("127.0.0.1", served.port), iter([served.questions[-1]]), connections=1, seconds=0
    )
    answer = json.loads(result.first_bodies[200].partition(b"\r\n\r\n")[2])
    codes = [item["sku"] for item in answer["items"]]
    rows = fetch_all(
        "SELECT sku.code, available, ship, pickup, state FROM availability_published"
        " JOIN catalog_sku AS sku ON sku.id = sku_id WHERE channel_id = 1 AND sku.code = ANY(%s)",
        [codes],
    )
    names = ("sku", "available", "ship", "pickup", "state")
    ours = sorted(tuple(item[name] for name in names) for item in answer["items"])
    if ours != sorted(rows):
        message = f"the answer and the published lines differ: {ours} {sorted(rows)}"
        raise SystemExit(message)


@contextmanager
def _worker() -> Iterator[None]:
    """Run `chaland worker`, as an operator would."""
    chaland = Path(sys.executable).with_name("chaland")
    process = subprocess.Popen([str(chaland), "worker"], stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_until_published(shape: Shape) -> None:
    from chaland.database.statements import fetch_one

    deadline = time.monotonic() + FILL_SECONDS
    while time.monotonic() < deadline:
        if fetch_one("SELECT count(*) FROM availability_published") == (shape.skus,):
            return
        time.sleep(0.5)
    message = "the worker did not publish every SKU"
    raise SystemExit(message)

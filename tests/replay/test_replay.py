"""A whole replay through a real server: prepare, send, cancel, account, interrupt, repeat."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from chaland.access.authentication import forget_keys
from chaland.access.operations import create_api_key
from chaland.access.types import Scope
from chaland.inventory.models import Reservation
from chaland.journeys.verify_stock import verify_stock
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM
from chaland.orders.models import Order, OrderLine
from chaland.replay.reading import COLUMNS
from tests.processes import Processes

pytestmark = pytest.mark.journey

COMMUNES = (
    "code,nom,type,dep,pop,cps\n"
    "1,Lyon,commune-actuelle,69,519000.0,69001|69002\n"
    "2,Lille,commune-actuelle,59,238000.0,59000\n"
    "3,Tours,commune-actuelle,37,138000.0,37000\n"
)
ROWS = [
    ("1", "LAMP", "a lamp", "6", "2010-12-01 08:26:00", "2.55", "100"),
    ("1", "lamp", "a lamp", "4", "2010-12-01 08:26:00", "2.55", "100"),
    ("1", "VASE", "a vase", "2", "2010-12-01 08:26:00", "10.00", "100"),
    ("1", "POST", "postage", "1", "2010-12-01 08:26:00", "18.00", "100"),
    ("2", "VASE", "a vase", "1", "2010-12-01 09:00:00", "10.00", ""),
    ("2", "VASE", "broken", "-1", "2010-12-01 09:00:00", "0", ""),
    ("C3", "LAMP", "a lamp", "-7", "2010-12-02 09:00:00", "2.55", "100"),
    ("C3", "VASE", "a vase", "-1", "2010-12-02 09:00:00", "10.00", "100"),
    ("C4", "VASE", "a vase", "-9", "2010-12-02 10:00:00", "10.00", "100"),
    ("5", "M", "manual", "1", "2010-12-03 10:00:00", "1.00", ""),
]
ACCOUNT = {
    "balances": True,
    "invoices": {
        "read": 5,
        "accepted": 3,
        "duplicates": 0,
        "rejected": 2,
        "rejected_by_reason": {"more_than_was_ordered": 1, "manual_adjustment": 1},
        "waiting": 0,
        "accepted_orders": 2,
        "accepted_cancellations": 1,
    },
    "lines": {
        "read": 10,
        "accepted": 6,
        "duplicates": 0,
        "rejected": 4,
        "rejected_by_reason": {
            "postage": 1,
            "quantity_not_positive": 1,
            "more_than_was_ordered": 1,
            "manual_adjustment": 1,
        },
        "waiting": 0,
    },
}


COMMAND = [sys.executable, "-c", "from chaland.cli import main; main()", "replay"]


class Replay:
    """Runs `chaland replay` against a server, as somebody on another machine would."""

    def __init__(self, url: str, key: str, folder: Path) -> None:
        self.folder = folder
        communes = folder / "communes.csv"
        communes.write_text(COMMUNES)
        self._arguments = ["--url", url, "--key", key, "--json", "--communes", str(communes)]

    def start(self, file: Path, *more: str) -> "subprocess.Popen[str]":
        """Start a replay; its data folder is the test's own."""
        nowhere = str(self.folder / "nothing")
        environment = {**os.environ, "CHALAND_DATA": str(self.folder), "CHALAND_SHARED": nowhere}
        return subprocess.Popen(
            [*COMMAND, str(file), *self._arguments, *more],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, file: Path, *more: str) -> Any:
        """Run a replay to its end and return its account."""
        process = self.start(file, *more)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        return json.loads(out)


def write_orders(path: Path, rows: Sequence[tuple[str, ...]]) -> Path:
    pl.DataFrame(rows, schema=list(COLUMNS), orient="row").write_csv(path)
    return path


@pytest.fixture
def replay(processes: Processes, tmp_path: Path) -> Replay:
    forget_keys()
    key = create_api_key(
        name="replay", scopes=[scope.value for scope in Scope], now=clock.now(), actor=SYSTEM
    )
    return Replay(processes.serve().url, key.token, tmp_path)


def test_a_file_is_replayed_and_accounted_for(replay: Replay, tmp_path: Path) -> None:
    file = write_orders(tmp_path / "orders.csv", ROWS)
    assert replay.run(file, "--prepare") == ACCOUNT

    first = Order.objects.get(external_id="1")
    lines = OrderLine.objects.filter(order=first).order_by("line_no")
    assert [(line.sku_code, line.quantity, line.cancelled) for line in lines] == [
        ("LAMP", 6, 6),
        ("LAMP", 4, 1),
        ("VASE", 2, 1),
    ]
    assert first.placed_at.isoformat() == "2010-12-01T08:26:00+00:00"
    assert Order.objects.count() == 2
    waiting = Reservation.objects.filter(closed_at__isnull=True)
    assert sum(item.quantity - item.released - item.issued for item in waiting) == 3 + 1 + 1
    assert verify_stock().clean

    # Once more: the server knows the orders, the journal the cancellation; nothing changes.
    again = replay.run(file)
    assert again["invoices"]["duplicates"] == 3
    assert again["lines"]["duplicates"] == 6
    assert again["balances"]
    for journal in (tmp_path / "replay").iterdir():
        journal.unlink()
    # And without the journal: the idempotency key stands in for it.
    assert replay.run(file)["invoices"]["duplicates"] == 3
    assert OrderLine.objects.get(order=first, line_no=2).cancelled == 1


def test_what_the_server_refuses_keeps_its_reason(replay: Replay, tmp_path: Path) -> None:
    replay.run(write_orders(tmp_path / "first.csv", ROWS[:3]), "--prepare")
    rows = [
        ("8", "NEVER-SEEN", "?", "1", "2010-12-04 09:00:00", "1.00", "100"),
        ("9", "LAMP", "a lamp", "5000", "2010-12-04 09:00:00", "2.55", "100"),
        ("C10", "LAMP", "a lamp", "-5000", "2010-12-04 10:00:00", "2.55", "100"),
    ]
    account = replay.run(write_orders(tmp_path / "second.csv", rows))
    reasons = account["lines"]["rejected_by_reason"]
    assert reasons["insufficient_stock"] == 1
    assert reasons["matched_order_was_rejected"] == 1
    assert account["lines"]["rejected"] == account["lines"]["read"] == 3
    assert account["balances"]


def test_an_interrupted_replay_goes_on_where_it_stopped(replay: Replay, tmp_path: Path) -> None:
    rows = [
        (str(minute), "LAMP", "a lamp", "1", f"2010-12-01 08:{minute:02d}:00", "2.55", "100")
        for minute in range(60)
    ]
    file = write_orders(tmp_path / "orders.csv", rows)
    slowly = ("--prepare", "--speed-up", "300", "--batch", "5", "--concurrency", "2")
    process = replay.start(file, *slowly)
    Processes.wait_for(lambda: process.poll() is not None or Order.objects.count() >= 5, seconds=60)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    stopped = json.loads(out)
    assert not stopped["balances"]
    assert 0 < stopped["invoices"]["waiting"] < 60
    done = Order.objects.count()
    assert stopped["invoices"]["accepted"] == done

    account = replay.run(file)
    assert account["balances"]
    assert account["invoices"]["accepted"] == 60
    assert account["invoices"]["duplicates"] == 0
    assert Order.objects.count() == 60


def test_a_server_that_is_away_is_told_as_such(tmp_path: Path) -> None:
    file = write_orders(tmp_path / "orders.csv", ROWS)
    process = Replay("http://127.0.0.1:1", "no-key", tmp_path).start(file)
    journals = tmp_path / "replay"
    Processes.wait_for(lambda: journals.exists() and any(journals.iterdir()))
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "does not answer" in err

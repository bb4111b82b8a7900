"""Handlers of rooms get every event at least once, in order, and go on after a failure."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from chaland.database.statements import execute, fetch_all
from chaland.kernel.actor import SYSTEM
from chaland.outbox import reactions
from chaland.outbox.operations import publish, react
from chaland.outbox.operations.reading import Reactor
from chaland.outbox.types import EventRecord
from tests.outbox.facts import LockOpened, moved

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)


class Listener:
    """A handler that notes berths, and fails on those it was told to."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.fails_on: set[str] = set()

    def __call__(self, events: Sequence[EventRecord], *, now: datetime) -> None:
        """Note the berths."""
        for event in events:
            if event.data["berth"] in self.fails_on:
                raise RuntimeError(f"cannot take {event.data['berth']}")
        assert now >= NOW
        self.heard += [event.data["berth"] for event in events]


def run(listener: Listener, now: datetime = NOW, *types: str) -> None:
    while react({"test": Reactor(types=types, run=listener)}, now=now):
        pass


def failure() -> tuple[int, str]:
    [(failures, error)] = fetch_all("SELECT failures, last_error FROM outbox_reaction")
    return failures, error


def test_a_new_handler_hears_everything_from_the_first_event_on_once() -> None:
    listener = Listener()
    publish([moved(number) for number in range(1200)], actor=SYSTEM)
    run(listener)
    run(listener)
    assert listener.heard == [str(number) for number in range(1200)]
    publish([moved("new")], actor=SYSTEM)
    run(listener)
    assert listener.heard[1200:] == ["new"]


def test_a_handler_hears_the_types_it_wants() -> None:
    listener = Listener()
    publish([moved("1"), moved("2", kind=LockOpened)], actor=SYSTEM)
    run(listener, NOW, "lock.*")
    assert listener.heard == ["2"]


def test_a_failure_is_tried_again_later() -> None:
    listener = Listener()
    listener.fails_on = {"2"}
    publish([moved(number) for number in range(4)], actor=SYSTEM)
    run(listener)
    assert listener.heard == ["0", "1"], "one by one up to the event it stumbles on"
    assert failure() == (1, "RuntimeError: cannot take 2")
    run(listener)
    assert failure()[0] == 1, "not before the pause is over"
    run(listener, NOW + timedelta(seconds=2))
    assert failure()[0] == 2
    listener.fails_on = set()
    run(listener, NOW + timedelta(minutes=10))
    assert listener.heard == ["0", "1", "2", "3"]
    assert failure() == (0, "")


def test_a_failure_undoes_what_the_handler_has_written() -> None:
    def write_and_fail(events: Sequence[EventRecord], *, now: datetime) -> None:
        execute("INSERT INTO outbox_tick (xid, seq, at) VALUES ('1', %s, %s)", [len(events), now])
        raise RuntimeError

    publish([moved("1")], actor=SYSTEM)
    react({"test": Reactor(types=(), run=write_and_fail)}, now=NOW)
    assert failure() == (1, "RuntimeError: ")
    assert fetch_all("SELECT 1 FROM outbox_tick") == []


def test_the_pause_grows_to_minutes() -> None:
    listener = Listener()
    listener.fails_on = {"1"}
    publish([moved("1")], actor=SYSTEM)
    moment, pauses = NOW, []
    for _attempt in range(12):
        run(listener, moment)
        [(due,)] = fetch_all("SELECT next_attempt_at FROM outbox_reaction")
        pauses.append(due - moment)
        moment = due
    assert pauses[0] == timedelta(seconds=1)
    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(minutes=5)


def test_one_handler_that_fails_does_not_stop_the_others() -> None:
    broken, fine = Listener(), Listener()
    broken.fails_on = {"1"}
    publish([moved("1")], actor=SYSTEM)
    react({"broken": Reactor((), broken), "fine": Reactor((), fine)}, now=NOW)
    assert fine.heard == ["1"]


def test_a_handler_is_registered_under_its_name_once() -> None:
    def handler(events: Sequence[EventRecord], *, now: datetime) -> None:
        """Do nothing."""

    before = reactions.handlers()
    try:
        assert reactions.on("barge.*", name="tests.handler")(handler) is handler
        assert reactions.handlers()["tests.handler"].types == ("barge.*",)
        with pytest.raises(ValueError, match=r"tests\.handler"):
            reactions.on("lock.*", name="tests.handler")(handler)
    finally:
        reactions._handlers.clear()
        reactions._handlers.update(before)

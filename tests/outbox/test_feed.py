"""The feed skips nothing, repeats nothing, and keeps each stream in order, whoever commits when."""

from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chaland.access.operations import create_api_key
from chaland.kernel.actor import SYSTEM
from chaland.kernel.clock import now
from chaland.outbox import rules
from chaland.outbox.operations import publish, tick
from chaland.outbox.queries import events_after, head, timeline
from chaland.outbox.types import START, Position
from tests.outbox.conftest import other_connection
from tests.outbox.facts import LockOpened, moved

pytestmark = pytest.mark.django_db(transaction=True)

_INSERT = """
INSERT INTO outbox_event
    (id, type, version, stream, subject, occurred_at, actor_kind, actor_id, data)
VALUES (gen_random_uuid(), 'barge.moved', 1, %s, %s, now(), 'system', 'chaland',
        jsonb_build_object('berth', %s::text))
"""


def write(connection: psycopg.Connection[Any], berth: object, stream: str = "barge:1") -> None:
    connection.execute(_INSERT, [stream, stream, str(berth)])


def read(position: Position, limit: int = 100) -> tuple[list[str], Position]:
    """Read all pages from *position* on."""
    berths: list[str] = []
    while True:
        page = events_after(position, limit=limit)
        berths += [event.data["berth"] for event in page.events]
        position = page.position
        if not page.more:
            return berths, position


def test_everything_is_read_once_in_pages() -> None:
    publish([moved(number) for number in range(25)], actor=SYSTEM)
    berths, position = read(START, limit=10)
    assert berths == [str(number) for number in range(25)]
    assert read(position)[0] == []
    publish([moved("new")], actor=SYSTEM)
    assert read(position)[0] == ["new"]


def test_a_page_that_is_just_full_loses_nothing() -> None:
    publish([moved(number) for number in range(20)], actor=SYSTEM)
    berths, position = read(START, limit=10)
    assert len(berths) == 20
    publish([moved("new")], actor=SYSTEM)
    assert read(position, limit=10)[0] == ["new"]


def test_what_commits_late_is_not_skipped(rival: psycopg.Connection[Any]) -> None:
    write(rival, "early number, late commit")
    publish([moved("late number, early commit", stream="barge:2")], actor=SYSTEM)
    berths, position = read(START)
    assert berths == ["late number, early commit"]
    rival.commit()
    assert read(position)[0] == ["early number, late commit"]


def test_a_long_transaction_holds_nobody_up(rival: psycopg.Connection[Any]) -> None:
    write(rival, "slow")
    position = START
    for number in range(3):
        publish([moved(number, stream=f"barge:{number}")], actor=SYSTEM)
        berths, position = read(position)
        assert berths == [str(number)]
    rival.commit()
    assert read(position)[0] == ["slow"]


def test_what_was_rolled_back_never_happened(rival: psycopg.Connection[Any]) -> None:
    write(rival, "undone")
    position = read(START)[1]
    rival.rollback()
    publish([moved("done")], actor=SYSTEM)
    assert read(position)[0] == ["done"]


def test_order_in_a_stream_is_that_of_the_lock_not_of_the_transactions(
    rival: psycopg.Connection[Any],
) -> None:
    """The rival's transaction is the older one, but it waited for our lock before it published."""
    rival.execute("SELECT pg_current_xact_id()")
    with transaction.atomic():
        publish([moved("first")], actor=SYSTEM)
    position = START
    with other_connection() as bystander:
        # A transaction between the two in age, still running: by age alone, the rival's event would
        # be ready for reading before ours.
        bystander.execute("SELECT pg_current_xact_id()")
        write(rival, "second")
        rival.commit()
        berths, position = read(position)
        bystander.rollback()
    assert berths == ["first", "second"]
    assert read(position)[0] == []


def test_a_tick_shortens_the_look_up_and_hides_nothing(rival: psycopg.Connection[Any]) -> None:
    publish([moved("old")], actor=SYSTEM)
    position = read(START)[1]
    write(rival, "running while the tick is made")
    assert tick()
    publish([moved("after the tick")], actor=SYSTEM)
    berths, position = read(position)
    assert berths == ["after the tick"]
    assert tick()
    assert not tick()
    rival.commit()
    assert read(position)[0] == ["running while the tick is made"]


def test_types_are_chosen_by_name_or_prefix() -> None:
    publish([moved(1), moved(2, kind=LockOpened), moved(3)], actor=SYSTEM)

    def chosen(*types: str) -> list[str]:
        return [event.data["berth"] for event in events_after(START, types=types).events]

    assert chosen() == ["1", "2", "3"]
    assert chosen("lock.opened") == ["2"]
    assert chosen("barge.*") == ["1", "3"]
    assert chosen("barge.*", "lock.opened") == ["1", "2", "3"]
    assert chosen("bar_e.moved") == []
    assert chosen("lock") == []


def test_the_head_is_behind_everything() -> None:
    publish([moved("old")], actor=SYSTEM)
    position = head()
    publish([moved("new")], actor=SYSTEM)
    assert read(position)[0] == ["new"]


def test_a_timeline_is_one_stream_in_order() -> None:
    publish([moved(1), moved(9, stream="barge:2"), moved(2)], actor=SYSTEM)
    assert [event.data["berth"] for event in timeline("barge:1")] == ["1", "2"]
    assert timeline("barge:3") == []


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_however_transactions_interleave(data: st.DataObject) -> None:
    """Three writers open, write, commit and roll back at random while a reader reads at random."""
    position = head()
    expected: list[str] = []
    got: list[str] = []
    pending: list[list[str]] = [[], [], []]
    with ExitStack() as stack:
        writers = [stack.enter_context(other_connection()) for _ in range(3)]
        for step in range(data.draw(st.integers(5, 30), label="steps")):
            which = data.draw(st.integers(0, 2))
            action = data.draw(
                st.sampled_from(["write", "write", "commit", "rollback", "read", "tick"])
            )
            if action == "write":
                write(writers[which], step, stream=f"barge:{which}")
                pending[which].append(str(step))
            elif action == "commit":
                writers[which].commit()
                expected += pending[which]
                pending[which] = []
            elif action == "rollback":
                writers[which].rollback()
                pending[which] = []
            elif action == "tick":
                tick()
            else:
                page = events_after(position, limit=data.draw(st.integers(1, 3)))
                got += [event.data["berth"] for event in page.events]
                position = page.position
        for writer, berths in zip(writers, pending, strict=True):
            writer.commit()
            expected += berths
    got += read(position, limit=2)[0]
    assert sorted(got, key=int) == sorted(expected, key=int)


@pytest.mark.parametrize("text", ["1:1:", "10:20:", "10:20:10,15,19", "7:7:"])
def test_what_is_a_snapshot(text: str) -> None:
    assert rules.is_snapshot(text)


@pytest.mark.parametrize(
    "text", ["", "1", "2:1:", "0:1:", "10:20:9", "10:20:20", "10:20:12,11", "10:20:11,", "1:1:x"]
)
def test_what_is_none(text: str) -> None:
    assert not rules.is_snapshot(text)


@given(st.from_regex(rules._SNAPSHOT, fullmatch=True))
@settings(max_examples=30, deadline=None)
def test_what_we_take_for_a_snapshot_postgresql_takes_too(text: str) -> None:
    if rules.is_snapshot(text):
        events_after(Position(text), limit=1)


def test_the_feed_through_the_api() -> None:
    token = create_api_key(name="reader", scopes=["events:read"], now=now(), actor=SYSTEM).token
    client = Client(headers={"Authorization": f"Bearer {token}"})
    publish([moved(number) for number in range(5)], actor=SYSTEM)
    url, berths, cursor = "/api/v1/events?limit=2&types=barge.*", [], ""
    while url:
        page = client.get(url).json()
        berths += [item["data"]["berth"] for item in page["items"]]
        url, cursor = page["next"], page["cursor"]
    assert berths == ["0", "1", "2", "3", "4"]
    assert client.get("/api/v1/events", {"cursor": cursor}).json()["items"] == []
    publish([moved("new")], actor=SYSTEM)
    [event] = client.get("/api/v1/events", {"cursor": cursor}).json()["items"]
    assert event["type"] == "chaland.barge.moved.v1"
    assert event["partitionkey"] == "barge:1"
    assert event["time"] == "2026-11-20T10:00:00Z"
    wrong = client.get("/api/v1/events", {"types": "Not A Type"})
    assert wrong.json()["errors"][0]["field"] == "types[0]"
    for forged in ("WyIxMDoxOiIsIiIsMF0", "WyIxOjE6IiwiIiwtMV0", "WyJ4IiwiIiwwXQ"):
        assert client.get("/api/v1/events", {"cursor": forged}).status_code == 422


def test_a_key_limited_to_some_organisations_may_not_read_the_feed() -> None:
    token = create_api_key(
        name="north", scopes=["events:read"], organisations=["north"], now=now(), actor=SYSTEM
    ).token
    response = Client(headers={"Authorization": f"Bearer {token}"}).get("/api/v1/events")
    assert (response.status_code, response.json()["code"]) == (403, "limited_key")

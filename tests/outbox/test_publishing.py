"""Events are written whole, in order, and never change."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

import orjson
import pytest
from django.db import IntegrityError, transaction

from chaland.database.statements import execute, fetch_all
from chaland.kernel.actor import SYSTEM, Actor
from chaland.kernel.events import DomainEvent
from chaland.kernel.money import Money
from chaland.outbox.operations import publish

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class BargeMoored(DomainEvent):
    """An event with every kind of field."""

    TYPE: ClassVar[str] = "barge.moored"
    VERSION: ClassVar[int] = 2

    berth: str
    toll: Money
    weight: Decimal
    owner: UUID
    seen_at: datetime
    crew: tuple[str, ...] = ()
    by_deck: dict[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BargeLeft(DomainEvent):
    """An event without fields of its own."""

    TYPE: ClassVar[str] = "barge.left"


def moored(stream: str = "barge:1", berth: str = "A") -> BargeMoored:
    return BargeMoored(
        occurred_at=NOW,
        stream=stream,
        subject=stream,
        berth=berth,
        toll=Money.of("12.90", "EUR"),
        weight=Decimal("1.5"),
        owner=UUID(int=7),
        seen_at=NOW,
        crew=("Ann", "Bob"),
        by_deck={1: 2},
    )


def test_payload_holds_each_field_in_its_json_form() -> None:
    publish([moored()], actor=SYSTEM)
    [(kind, version, stream, data, actor)] = fetch_all(
        "SELECT type, version, stream, data, actor_id FROM outbox_event"
    )
    assert (kind, version, stream, actor) == ("barge.moored", 2, "barge:1", "chaland")
    assert orjson.loads(data) == {
        "berth": "A",
        "toll": {"amount": "12.90", "currency": "EUR"},
        "weight": "1.5",
        "owner": str(UUID(int=7)),
        "seen_at": "2026-11-20T10:00:00+00:00",
        "crew": ["Ann", "Bob"],
        "by_deck": {"1": 2},
    }


def test_payload_agrees_with_the_events_own() -> None:
    event = moored()
    publish([event], actor=SYSTEM)
    [(data,)] = fetch_all("SELECT data FROM outbox_event")
    assert orjson.loads(data) == event.payload()


def test_numbers_follow_the_order_given() -> None:
    berths = [str(number) for number in range(50)]
    publish([moored(berth=berth) for berth in berths], actor=SYSTEM)
    rows = fetch_all("SELECT data ->> 'berth' FROM outbox_event ORDER BY seq")
    assert [berth for (berth,) in rows] == berths


def test_an_event_without_fields_of_its_own() -> None:
    publish([BargeLeft(occurred_at=NOW, stream="s", subject="x")], actor=SYSTEM)
    assert fetch_all("SELECT data FROM outbox_event") == [("{}",)]


def test_each_event_may_have_its_own_actor() -> None:
    ann, bob = (Actor(kind="api_key", id=name, label=name) for name in ("key_a", "key_b"))
    publish([moored(), moored()], actor=[ann, bob])
    rows = fetch_all("SELECT actor_kind, actor_id FROM outbox_event ORDER BY seq")
    assert rows == [("api_key", "key_a"), ("api_key", "key_b")]


def test_publishing_nothing_writes_nothing() -> None:
    publish([], actor=SYSTEM)
    assert fetch_all("SELECT 1 FROM outbox_event") == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE outbox_event SET type = 'x'",
        "DELETE FROM outbox_event",
        "TRUNCATE outbox_event CASCADE",
    ],
)
def test_an_event_is_never_changed(statement: str) -> None:
    publish([moored()], actor=SYSTEM)
    execute("SET LOCAL chaland.truncate = ''")  # as outside the tests
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        execute(statement)
    assert fetch_all("SELECT type FROM outbox_event") == [("barge.moored",)]


def test_an_event_without_a_json_form_is_refused() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Odd(DomainEvent):
        TYPE: ClassVar[str] = "odd"
        thing: object

    with pytest.raises(TypeError, match="not JSON serializable"):
        publish([Odd(occurred_at=NOW, stream="s", subject="x", thing=object())], actor=SYSTEM)
    assert fetch_all("SELECT 1 FROM outbox_event") == []

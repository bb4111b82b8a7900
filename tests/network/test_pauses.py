"""Locations pause and resume."""

from datetime import timedelta

import pytest

from chaland.access.models import AuditEntry
from chaland.kernel.actor import SYSTEM, Actor
from chaland.kernel.errors import InvalidInputError
from chaland.network import operations, queries
from chaland.network.types import Pause
from chaland.outbox.models import Event
from tests.network.conftest import NOW, location_draft

pytestmark = pytest.mark.django_db

FLOOD = Pause(reason="flood")


@pytest.mark.usefixtures("shops")
def test_a_pause_until_further_notice_ends_when_it_is_resumed() -> None:
    operations.pause_locations(codes=["shop-1"], pause=FLOOD, now=NOW, actor=SYSTEM)
    shop = queries.location("shop-1", actor=SYSTEM)
    assert shop.is_paused(NOW + timedelta(days=365))
    assert shop.pause_reason == "flood"
    operations.resume_locations(codes=["shop-1"], now=NOW, actor=SYSTEM, reason="dry again")
    shop = queries.location("shop-1", actor=SYSTEM)
    assert not shop.is_paused(NOW)
    assert (shop.paused_at, shop.paused_until, shop.pause_reason) == (None, None, "")
    types = Event.objects.filter(stream="location:shop-1").order_by("seq")
    assert list(types.values_list("type", flat=True)) == [
        "location.changed", "location.paused", "location.resumed",
    ]  # fmt: skip
    entry = AuditEntry.objects.filter(action="network.resume_location").get()
    assert entry.before is not None
    assert (entry.before["pause_reason"], entry.reason) == ("flood", "dry again")


@pytest.mark.usefixtures("shops")
def test_the_same_pause_twice_changes_nothing_and_another_replaces_it() -> None:
    [first] = operations.pause_locations(codes=["shop-1"], pause=FLOOD, now=NOW, actor=SYSTEM)
    [again] = operations.pause_locations(codes=["shop-1"], pause=FLOOD, now=NOW, actor=SYSTEM)
    longer = Pause(reason="flood", until=NOW + timedelta(days=1))
    [other] = operations.pause_locations(codes=["shop-1"], pause=longer, now=NOW, actor=SYSTEM)
    assert [first.status, again.status, other.status] == ["updated", "unchanged", "updated"]
    assert [first.version, again.version, other.version] == [2, 2, 3]


@pytest.mark.usefixtures("shops")
def test_a_pause_that_is_over_can_start_again() -> None:
    short = Pause(reason="flood", until=NOW + timedelta(hours=1))
    operations.pause_locations(codes=["shop-1"], pause=short, now=NOW, actor=SYSTEM)
    later = NOW + timedelta(hours=2)
    [outcome] = operations.pause_locations(codes=["shop-1"], pause=FLOOD, now=later, actor=SYSTEM)
    assert outcome.status == "updated"
    assert queries.location("shop-1", actor=SYSTEM).is_paused(later)


@pytest.mark.usefixtures("shops")
def test_each_is_paused_for_itself(franchisee: Actor) -> None:
    outcomes = operations.pause_locations(
        codes=["shop-nord", "shop-1", "nowhere"], pause=FLOOD, now=NOW, actor=franchisee
    )
    assert [item.status for item in outcomes] == ["updated", "rejected", "rejected"]
    assert not queries.location("shop-1", actor=SYSTEM).is_paused(NOW)


@pytest.mark.usefixtures("shops")
def test_writing_a_location_leaves_its_pause() -> None:
    operations.pause_locations(codes=["shop-1"], pause=FLOOD, now=NOW, actor=SYSTEM)
    operations.upsert_locations(
        drafts=[location_draft("shop-1", name="Bellecour")], now=NOW, actor=SYSTEM
    )
    shop = queries.location("shop-1", actor=SYSTEM)
    assert (shop.name, shop.is_paused(NOW), shop.version) == ("Bellecour", True, 3)


@pytest.mark.usefixtures("shops")
def test_a_pause_without_a_reason_changes_nothing() -> None:
    with pytest.raises(InvalidInputError, match="reason"):
        operations.pause_locations(codes=["shop-1"], pause=Pause(reason=""), now=NOW, actor=SYSTEM)
    assert not queries.location("shop-1", actor=SYSTEM).is_paused(NOW)


@pytest.mark.usefixtures("shops")
def test_resuming_what_works_changes_nothing() -> None:
    [outcome] = operations.resume_locations(codes=["shop-1"], now=NOW, actor=SYSTEM)
    assert (outcome.status, outcome.version) == ("unchanged", 1)

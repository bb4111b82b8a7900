"""The network is written set-wise: checked item by item, audited, told, and seen at once."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chaland.access.models import AuditEntry
from chaland.kernel.actor import SYSTEM, Actor
from chaland.kernel.errors import DomainError
from chaland.kernel.outcomes import WriteOutcome
from chaland.network import operations, queries
from chaland.network.types import (
    DEFAULT_HOURS,
    ClosedPeriod,
    LocationGroupDraft,
    OpeningWindow,
    OrganisationDraft,
    OrganisationKind,
    PostalAreaDraft,
)
from chaland.outbox.models import Event
from tests.network.conftest import NOW, channel_draft, location_draft

pytestmark = pytest.mark.django_db

MORNING = OpeningWindow(0, time(9), time(12))


def statuses(outcomes: Sequence[WriteOutcome]) -> list[str]:
    return [item.status for item in outcomes]


def refused_fields(outcome: WriteOutcome) -> list[str]:
    assert outcome.problem is not None
    return [item.field for item in outcome.problem.problems]


@pytest.mark.usefixtures("organisations")
def test_writing_the_same_twice_changes_nothing() -> None:
    draft = location_draft()
    first = operations.upsert_locations(drafts=[draft], now=NOW, actor=SYSTEM)
    traces = AuditEntry.objects.count(), Event.objects.count()
    second = operations.upsert_locations(drafts=[draft], now=NOW, actor=SYSTEM)
    assert statuses(first) == ["created"]
    assert statuses(second) == ["unchanged"]
    assert second[0].version == 1
    assert (AuditEntry.objects.count(), Event.objects.count()) == traces


@pytest.mark.usefixtures("shops")
def test_a_change_raises_the_version_and_leaves_its_traces() -> None:
    draft = location_draft("shop-1", name="Bellecour")
    [outcome] = operations.upsert_locations(
        drafts=[draft], now=NOW, actor=SYSTEM, reason="new sign"
    )
    assert (outcome.status, outcome.version) == ("updated", 2)
    entry = AuditEntry.objects.filter(entity_id="shop-1").latest("id")
    assert entry.before == {**(entry.after or {}), "name": "Shop shop-1"}
    assert entry.after == {**(entry.before or {}), "name": "Bellecour"}
    assert entry.reason == "new sign"
    event = Event.objects.filter(stream="location:shop-1").latest("seq")
    assert event.type == "location.changed"
    assert event.data == {"change": "updated", "changed": ["name"], "version": 2}
    assert queries.location("shop-1", actor=SYSTEM).name == "Bellecour"


@pytest.mark.usefixtures("organisations")
def test_a_bad_item_is_refused_alone() -> None:
    outcomes = operations.upsert_locations(
        drafts=[
            location_draft("good"),
            location_draft("bad code"),
            location_draft("good", name="again"),
            location_draft("orphan", organisation="nobody"),
            location_draft("lost", country="BE", postal_code="1000"),
            location_draft("found", country="BE", latitude=50.85, longitude=4.35),
        ],
        now=NOW,
        actor=SYSTEM,
    )
    assert statuses(outcomes) == [
        "created", "rejected", "rejected", "rejected", "rejected", "created",
    ]  # fmt: skip
    assert [refused_fields(outcomes[place]) for place in (1, 2, 3, 4)] == [
        ["code"], ["code"], ["organisation"], ["latitude"],
    ]  # fmt: skip
    assert queries.location("good", actor=SYSTEM).name == "Shop good"


@pytest.mark.usefixtures("organisations")
def test_coordinates_come_from_the_postal_code_and_stay() -> None:
    operations.upsert_locations(drafts=[location_draft()], now=NOW, actor=SYSTEM)
    found = queries.location("shop-1", actor=SYSTEM)
    assert (found.latitude, found.longitude) == (45.76, 4.84)
    exact = location_draft(latitude=45.7578, longitude=4.832)
    operations.upsert_locations(drafts=[exact], now=NOW, actor=SYSTEM)
    operations.upsert_locations(drafts=[location_draft(name="N")], now=NOW, actor=SYSTEM)
    assert queries.location("shop-1", actor=SYSTEM).latitude == 45.7578
    moved = location_draft(postal_code="13001", city="Marseille")
    operations.upsert_locations(drafts=[moved], now=NOW, actor=SYSTEM)
    assert queries.location("shop-1", actor=SYSTEM).latitude == 43.30


@pytest.mark.usefixtures("organisations")
def test_hours_and_closures_are_kept_unless_given() -> None:
    closure = ClosedPeriod(date(2026, 12, 24), date(2026, 12, 26), "Christmas")
    new = location_draft(closures=(closure,))
    operations.upsert_locations(drafts=[new], now=NOW, actor=SYSTEM)
    assert queries.location("shop-1", actor=SYSTEM).calendar.windows == DEFAULT_HOURS
    operations.upsert_locations(drafts=[location_draft(hours=(MORNING,))], now=NOW, actor=SYSTEM)
    calendar = queries.location("shop-1", actor=SYSTEM).calendar
    assert (calendar.windows, calendar.closures) == ((MORNING,), (closure,))
    operations.upsert_locations(
        drafts=[location_draft(hours=(), closures=())], now=NOW, actor=SYSTEM
    )
    calendar = queries.location("shop-1", actor=SYSTEM).calendar
    assert (calendar.windows, calendar.closures) == ((), ())


@pytest.mark.usefixtures("organisations")
def test_the_region_of_alsace_is_found_by_itself() -> None:
    draft = location_draft(postal_code="67000", city="Strasbourg")
    operations.upsert_locations(drafts=[draft], now=NOW, actor=SYSTEM)
    assert queries.location("shop-1", actor=SYSTEM).calendar.is_closed(date(2026, 12, 26))


@pytest.mark.usefixtures("shops")
def test_a_franchisee_writes_its_own_locations_only(franchisee: Actor) -> None:
    outcomes = operations.upsert_locations(
        drafts=[
            location_draft(
                "shop-nord", organisation="nord", postal_code="59000", name="Grand-Place"
            ),
            location_draft("shop-1", name="mine now"),
            location_draft("shop-1", organisation="nord"),
            location_draft("shop-nord-2", organisation="nord", postal_code="59000"),
        ],
        now=NOW,
        actor=franchisee,
    )
    assert statuses(outcomes) == ["updated", "rejected", "rejected", "created"]
    assert {item.problem.status for item in outcomes if item.problem} == {403}
    assert queries.location("shop-1", actor=SYSTEM).organisation == "maison"


@pytest.mark.usefixtures("shops")
def test_a_franchisee_sees_its_own_locations_only(franchisee: Actor) -> None:
    found = queries.list_locations(actor=franchisee, limit=10)
    assert [item.code for item in found] == ["shop-nord"]
    assert queries.visible_location_ids(franchisee) == [found[0].id]
    assert queries.visible_location_ids(SYSTEM) is None
    assert [item.code for item in queries.list_organisations(actor=franchisee, limit=9)] == ["nord"]
    with pytest.raises(DomainError, match="not_found"):
        queries.location("shop-1", actor=franchisee)


@pytest.mark.usefixtures("shops")
def test_what_belongs_to_the_group_is_not_for_a_franchisee(franchisee: Actor) -> None:
    area = PostalAreaDraft(country="DE", postal_code="1", name="N", latitude=1, longitude=1)
    organisation = OrganisationDraft(
        code="own", name="Own", kind=OrganisationKind.GROUP, country="FR"
    )
    group = LocationGroupDraft(code="g", name="G")
    writes: list[Callable[[], object]] = [
        lambda: operations.upsert_organisations(drafts=[organisation], now=NOW, actor=franchisee),
        lambda: operations.upsert_channels(drafts=[channel_draft()], now=NOW, actor=franchisee),
        lambda: operations.upsert_location_groups(drafts=[group], now=NOW, actor=franchisee),
        lambda: operations.upsert_postal_areas(drafts=[area], now=NOW, actor=franchisee),
    ]
    for write in writes:
        with pytest.raises(DomainError, match="outside_your_organisation"):
            write()


def test_parents_may_come_in_one_call() -> None:
    child = OrganisationDraft(
        code="child", name="C", kind=OrganisationKind.SUBSIDIARY, country="FR", parent="top"
    )
    top = OrganisationDraft(code="top", name="T", kind=OrganisationKind.GROUP, country="FR")
    lost = replace(child, code="lost", parent="nobody")
    outcomes = operations.upsert_organisations(drafts=[child, top, lost], now=NOW, actor=SYSTEM)
    assert statuses(outcomes) == ["created", "created", "rejected"]
    assert queries.organisation("child", actor=SYSTEM).parent == "top"
    [circle] = operations.upsert_organisations(
        drafts=[replace(top, parent="child")], now=NOW, actor=SYSTEM
    )
    assert refused_fields(circle) == ["parent"]


@pytest.mark.usefixtures("organisations")
def test_a_parent_that_is_refused_takes_its_children_with_it() -> None:
    above = OrganisationDraft(
        code="above", name="A", kind=OrganisationKind.GROUP, country="FR", parent="below"
    )
    below = replace(above, code="below", parent="above")
    child = replace(above, code="child", parent="nameless")
    nameless = replace(above, code="nameless", parent="", name="")
    fine = replace(above, code="fine", parent="maison")
    outcomes = operations.upsert_organisations(
        drafts=[above, below, child, nameless, fine], now=NOW, actor=SYSTEM
    )
    assert statuses(outcomes) == ["rejected"] * 4 + ["created"]
    assert [refused_fields(item) for item in outcomes[:4]] == [
        ["parent"], ["parent"], ["parent"], ["name"],
    ]  # fmt: skip


@pytest.mark.usefixtures("shops")
def test_a_group_is_a_pool_of_a_channel() -> None:
    group = LocationGroupDraft(code="lyon", name="Lyon", locations=("shop-1",))
    assert statuses(operations.upsert_location_groups(drafts=[group], now=NOW, actor=SYSTEM)) == [
        "created"
    ]
    operations.upsert_channels(
        drafts=[channel_draft(pool="lyon"), channel_draft("all")], now=NOW, actor=SYSTEM
    )
    network = queries.snapshot()
    assert network.pool(network.channels["web"]).tolist() == [True, False, False]
    assert network.pool(network.channels["all"]).tolist() == [True, True, True]
    wider = replace(group, locations=("shop-1", "shop-nord"))
    operations.upsert_location_groups(drafts=[wider], now=NOW, actor=SYSTEM)
    assert queries.group("lyon").locations == ("shop-1", "shop-nord")
    [bad] = operations.upsert_location_groups(
        drafts=[replace(group, locations=("shop-1", "nowhere"))], now=NOW, actor=SYSTEM
    )
    assert refused_fields(bad) == ["locations[1]"]
    [lost] = operations.upsert_channels(
        drafts=[channel_draft(pool="nowhere")], now=NOW, actor=SYSTEM
    )
    assert refused_fields(lost) == ["pool"]


@pytest.mark.usefixtures("shops")
def test_a_channel_changes_and_can_be_emptied_of_its_pool() -> None:
    group = LocationGroupDraft(code="lyon", name="Lyon", locations=("shop-1",))
    operations.upsert_location_groups(drafts=[group], now=NOW, actor=SYSTEM)
    operations.upsert_channels(drafts=[channel_draft(pool="lyon")], now=NOW, actor=SYSTEM)
    [outcome] = operations.upsert_channels(
        drafts=[channel_draft(release_delay_minutes=30)], now=NOW, actor=SYSTEM
    )
    assert (outcome.status, outcome.version) == ("updated", 2)
    channel = queries.channel("web")
    assert (channel.pool, channel.release_delay_minutes) == ("", 30)


def test_a_loaded_postal_area_goes_before_the_built_in_table() -> None:
    assert queries.resolve_place("DE", "10115") is None
    berlin = PostalAreaDraft(
        country="DE", postal_code="10115", name="Berlin", latitude=52.53, longitude=13.38
    )
    here = PostalAreaDraft(
        country="FR", postal_code="69002", name="Presqu'île", latitude=45.755, longitude=4.83
    )
    wrong = replace(berlin, country="XX")
    first = operations.upsert_postal_areas(
        drafts=[berlin, here, wrong, berlin], now=NOW, actor=SYSTEM
    )
    assert statuses(first) == ["created", "created", "rejected", "rejected"]
    again = operations.upsert_postal_areas(
        drafts=[berlin, replace(here, name="Bellecour")], now=NOW, actor=SYSTEM
    )
    assert statuses(again) == ["unchanged", "updated"]
    places = queries.resolve_places([("DE", "10115"), ("FR", "69002"), ("FR", "69003")])
    assert [place and place.name for place in places.values()] == ["Berlin", "Bellecour", "Lyon"]


@pytest.mark.usefixtures("organisations")
def test_many_items_cost_as_many_statements_as_one() -> None:
    with CaptureQueriesContext(connection) as one:
        operations.upsert_locations(drafts=[location_draft("a")], now=NOW, actor=SYSTEM)
    with CaptureQueriesContext(connection) as many:
        operations.upsert_locations(
            drafts=[location_draft(f"b{number}") for number in range(60)], now=NOW, actor=SYSTEM
        )
    assert len(many) <= len(one)


@pytest.mark.usefixtures("organisations")
def test_more_rows_than_one_statement_takes_are_written() -> None:
    windows = tuple(
        OpeningWindow(day, time(hour), time(hour + 1)) for day in range(7) for hour in range(8, 11)
    )
    drafts = [location_draft(f"many-{number}", hours=windows) for number in range(1001)]
    outcomes = operations.upsert_locations(drafts=drafts, now=NOW, actor=SYSTEM)
    assert set(statuses(outcomes)) == {"created"}
    network = queries.snapshot()
    assert len(network) == 1001
    assert {len(item.calendar.windows) for item in network.locations} == {21}

"""SKUs are written set-wise: bar codes name one SKU, kits hold no kits."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from chaland.access.models import AuditEntry
from chaland.catalog import queries
from chaland.catalog.operations import upsert_skus
from chaland.catalog.types import ComponentDraft, VatClass
from chaland.database.statements import execute
from chaland.kernel.actor import SYSTEM, Actor
from chaland.kernel.errors import DomainError
from chaland.outbox.models import Event
from tests.catalog.conftest import NOW, refused_fields, sku, statuses, write

pytestmark = pytest.mark.django_db

NUTELLA = "3017620422003"
EVIAN = "3068320123264"


def test_writing_the_same_twice_changes_nothing() -> None:
    draft = sku("A", gtins=(NUTELLA,), tags=("new", "blue"), restrictions=("age_18",))
    assert statuses(write(draft)) == ["created"]
    traces = AuditEntry.objects.count(), Event.objects.count()
    [again] = write(draft)
    assert (again.status, again.version) == ("unchanged", 1)
    assert (AuditEntry.objects.count(), Event.objects.count()) == traces


def test_everything_that_is_written_is_read_back() -> None:
    write(
        sku(
            "A", gtins=(NUTELLA,), length_mm=100, width_mm=50, height_mm=21, category="Food",
            tags=("b", "a"), vat_class=VatClass.REDUCED, restrictions=("fragile",), active=False,
        )
    )  # fmt: skip
    view = queries.sku("A")
    assert view.gtins == (NUTELLA,)
    assert (view.length_mm, view.width_mm, view.height_mm) == (100, 50, 21)
    assert (view.category, view.tags, view.restrictions) == ("Food", ("a", "b"), ("fragile",))
    assert (view.vat_class, view.active, view.version) == (VatClass.REDUCED, False, 1)
    facts = queries.sku_facts(["A"])["A"]
    assert (facts.id, facts.volume_cm3, facts.active) == (view.id, 105, False)
    assert queries.sku_facts_by_id([view.id]) == {view.id: facts}


def test_a_change_leaves_its_traces_and_is_seen_at_once() -> None:
    write(sku("A"))
    assert queries.sku_facts(["A"])["A"].weight_grams == 100
    upsert_skus(drafts=[sku("A", weight_grams=250)], now=NOW, actor=SYSTEM, reason="weighed")
    assert queries.sku_facts(["A"])["A"].weight_grams == 250
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.entity_id, entry.reason) == ("catalog.upsert_sku", "A", "weighed")
    event = Event.objects.latest("seq")
    assert (event.type, event.stream) == ("sku.changed", "sku:A")
    assert event.data == {"change": "updated", "changed": ["weight_grams"], "version": 2}


def test_a_bad_item_is_refused_alone() -> None:
    outcomes = write(sku("A"), sku("bad code"), sku("A", name="again"), sku("B", weight_grams=-1))
    assert statuses(outcomes) == ["created", "rejected", "rejected", "rejected"]
    assert [refused_fields(item) for item in outcomes[1:]] == [["code"], ["code"], ["weight_grams"]]
    assert queries.sku("A").name == "Thing A"


def test_a_bar_code_names_one_sku() -> None:
    write(sku("A", gtins=(NUTELLA,)))
    [taken] = write(sku("B", gtins=(f"0{NUTELLA}",)))
    assert refused_fields(taken) == ["gtins[0]"]
    assert "'A'" in str(taken.problem)
    first, second = write(sku("C", gtins=(EVIAN,)), sku("D", gtins=(EVIAN,)))
    assert (first.status, second.status) == ("created", "rejected")


def test_a_bar_code_can_move_within_one_call() -> None:
    write(sku("A", gtins=(NUTELLA,)))
    assert statuses(write(sku("B", gtins=(NUTELLA,)), sku("A"))) == ["created", "updated"]
    assert (queries.sku("A").gtins, queries.sku("B").gtins) == ((), (NUTELLA,))


def test_two_skus_can_swap_their_bar_codes() -> None:
    write(sku("A", gtins=(NUTELLA,)), sku("B", gtins=(EVIAN,)))
    swapped = write(sku("A", gtins=(EVIAN,)), sku("B", gtins=(NUTELLA,)))
    assert statuses(swapped) == ["updated", "updated"]
    assert (queries.sku("A").gtins, queries.sku("B").gtins) == ((EVIAN,), (NUTELLA,))


def test_a_bar_code_does_not_move_when_its_owner_is_refused() -> None:
    write(sku("A", gtins=(NUTELLA,)))
    outcomes = write(sku("B", gtins=(NUTELLA,)), sku("A", weight_grams=-1))
    assert statuses(outcomes) == ["rejected", "rejected"]
    assert queries.sku("A").gtins == (NUTELLA,)


def test_the_owner_that_keeps_a_bar_code_goes_before_another() -> None:
    write(sku("A", gtins=(NUTELLA,)))
    outcomes = write(sku("B", gtins=(NUTELLA,)), sku("A", gtins=(NUTELLA,), name="New"))
    assert statuses(outcomes) == ["rejected", "updated"]


def test_a_kit_and_its_components_come_in_one_call() -> None:
    kit = sku("KIT", components=(ComponentDraft("B", 2), ComponentDraft("A", 1)))
    assert statuses(write(kit, sku("A"), sku("B"))) == ["created"] * 3
    facts = queries.sku_facts(["KIT", "A"])
    assert facts["KIT"].is_kit
    assert not facts["A"].is_kit
    parts = {(item.code, item.sku_id, item.quantity) for item in facts["KIT"].components}
    ids = {code: item.id for code, item in queries.sku_facts(["A", "B"]).items()}
    assert parts == {("A", ids["A"], 1), ("B", ids["B"], 2)}
    assert statuses(write(kit)) == ["unchanged"]
    assert statuses(write(sku("KIT"))) == ["updated"]
    assert queries.sku("KIT").components == ()


def test_a_kit_holds_no_kit() -> None:
    write(sku("A"), sku("B"), sku("KIT", components=(ComponentDraft("A", 1),)))
    outer = sku("OUTER", components=(ComponentDraft("KIT", 1),))
    part = sku("A", components=(ComponentDraft("B", 1),))
    lost = sku("LOST", components=(ComponentDraft("nothing", 1),))
    assert [refused_fields(item) for item in write(outer, part, lost)] == [
        ["components[0].sku"],
        ["components"],
        ["components[0].sku"],
    ]
    # Once the kit lets go of it, the part may become a kit itself, in the same call.
    assert statuses(write(sku("KIT"), part)) == ["updated", "updated"]


def test_a_component_that_is_refused_takes_its_kit_with_it() -> None:
    outcomes = write(
        sku("KIT", components=(ComponentDraft("A", 1),)), sku("A", weight_grams=-1), sku("B")
    )
    assert statuses(outcomes) == ["rejected", "rejected", "created"]


def test_the_catalog_belongs_to_the_whole_group() -> None:
    merchant = Actor(kind="api_key", id="k", label="M", organisations=frozenset({"m"}))
    with pytest.raises(DomainError, match="outside_your_organisation"):
        upsert_skus(drafts=[sku("A")], now=NOW, actor=merchant)


def test_many_items_cost_as_many_statements_as_one() -> None:
    with CaptureQueriesContext(connection) as one:
        write(sku("P"), sku("K", components=(ComponentDraft("P", 1),), gtins=(NUTELLA,)))
    with CaptureQueriesContext(connection) as many:
        write(*(sku(f"S{number}") for number in range(60)))
    assert len(many) <= len(one)


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE catalog_sku SET weight_grams = -1", "catalog_sku_not_negative"),
        ("UPDATE catalog_sku SET vat_class = 'none'", "catalog_sku_vat_class"),
        ("UPDATE catalog_sku SET code = ''", "catalog_sku_code"),
        ("UPDATE catalog_gtin SET gtin = '123'", "catalog_gtin_14_digits"),
        ("UPDATE catalog_kit_component SET quantity = 0", "catalog_kit_component_quantity"),
        ("UPDATE catalog_kit_component SET component_id = kit_id", "not_itself"),
        ("DELETE FROM catalog_sku WHERE code = 'A'", "catalog_kit_component"),
    ],
)
def test_the_database_is_the_referee(statement: str, constraint: str) -> None:
    write(sku("A", gtins=(NUTELLA,)), sku("KIT", components=(ComponentDraft("A", 1),)))
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        execute(statement)

"""Erasing somebody leaves a row that leads to nobody."""

import pytest

from chaland.access.models import AuditEntry
from chaland.customers.models import Customer
from chaland.customers.operations import erase
from chaland.customers.queries import contact, find, search
from chaland.kernel.actor import SYSTEM
from chaland.kernel.ids import new_uuid, to_public
from chaland.outbox.models import Event
from tests.customers.conftest import NOW, person, told

pytestmark = pytest.mark.django_db


def test_an_erased_person_cannot_be_read_or_found() -> None:
    [one], [other] = told(person(reference="C-1")), told(person(name="Else Where"))
    erased = erase(customer_ids=[one.customer_id], reason="asked", now=NOW, actor=SYSTEM)
    assert erased == [one.customer_id]
    left = contact(one.customer_id)
    assert (left.name, left.email, left.phone, left.reference) == ("", "", "", "")
    assert (left.addresses, left.country, left.language) == ((), "", "")
    assert (left.erased_at, left.version) == (NOW, 2)
    row = Customer.objects.get(id=one.customer_id)
    assert (row.data_key, row.sealed, row.email_index, row.name_index) == (None,) * 4
    assert find(email="camille@example.org") == [contact(other.customer_id)]
    assert search("C-1") == search("Martin") == []


def test_an_erasure_is_told_and_audited_without_a_name() -> None:
    [one] = told(person(reference="C-1"))
    erase(customer_ids=[one.customer_id], reason="asked", now=NOW, actor=SYSTEM)
    public = to_public("cus", one.customer_id)
    entry = AuditEntry.objects.get(action="customers.erase")
    assert (entry.entity_id, entry.reason) == (public, "asked")
    event = Event.objects.get(type="customer.erased")
    assert (event.subject, event.data) == (public, {"reason": "asked"})
    assert "Camille" not in f"{entry.before}{entry.after}{event.data}"


def test_erasing_twice_or_nobody_changes_nothing() -> None:
    [one] = told(person())
    erase(customer_ids=[one.customer_id], reason="asked", now=NOW, actor=SYSTEM)
    again = erase(customer_ids=[one.customer_id, new_uuid()], reason="asked", now=NOW, actor=SYSTEM)
    assert again == []
    assert contact(one.customer_id).version == 2
    assert Event.objects.filter(type="customer.erased").count() == 1


def test_the_reference_of_an_erased_person_makes_somebody_new() -> None:
    [one] = told(person(reference="C-1"))
    erase(customer_ids=[one.customer_id], reason="asked", now=NOW, actor=SYSTEM)
    [again] = told(person(reference="C-1", name="Camille Again"))
    assert again.customer_id != one.customer_id
    assert contact(again.customer_id).name == "Camille Again"
    assert contact(one.customer_id).name == ""

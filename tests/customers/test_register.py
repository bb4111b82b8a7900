"""People are registered set-wise; a reference finds a person again."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import IntegrityError, connection, transaction

from chaland.access.models import AuditEntry
from chaland.customers.models import Customer
from chaland.customers.operations import register
from chaland.customers.queries import contacts, find, search
from chaland.customers.types import PersonDraft, Registered
from chaland.database.statements import execute
from chaland.kernel.actor import SYSTEM, Actor
from tests.customers.conftest import BELLECOUR, NOW, RIVOLI, person, told


@pytest.mark.django_db
def test_everything_that_is_told_is_read_back() -> None:
    [one] = told(person(reference="C-1"))
    contact = contacts([one.customer_id])[one.customer_id]
    assert (contact.name, contact.email, contact.phone, contact.reference) == (
        "Camille Martin", "camille@example.org", "+33612345678", "C-1",
    )  # fmt: skip
    assert (contact.country, contact.language) == ("FR", "fr")
    assert contact.address(one.address_no) == RIVOLI
    assert contact.address(1) is None
    assert (contact.created_at, contact.erased_at) == (NOW, None)


@pytest.mark.django_db
def test_each_guest_is_somebody_new_and_answers_come_in_order() -> None:
    people = [person(name=f"Guest {number}") for number in range(20)]
    people.insert(7, person(name="Regular", reference="C-1"))
    answers = told(*people)
    assert len({item.customer_id for item in answers}) == 21
    names = contacts([item.customer_id for item in answers])
    assert [names[item.customer_id].name for item in answers] == [item.name for item in people]


@pytest.mark.django_db
def test_nobody_is_written_when_nobody_is_told() -> None:
    assert told() == []


@pytest.mark.django_db
def test_no_column_holds_readable_personal_data() -> None:
    told(person(reference="C-1"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(c)::text FROM customers_customer c")
        (row,) = cursor.fetchone()
    raw = bytes(Customer.objects.get().sealed or b"") + row.encode()
    for secret in ("Camille", "Martin", "camille", "612345678", "Rivoli", "75004", "C-1"):
        assert secret.encode() not in raw
        assert secret.encode().hex().encode() not in raw


@pytest.mark.django_db
def test_a_reference_finds_the_person_again_and_merges() -> None:
    [first] = told(person(reference="C-1"))
    [same] = told(person(reference="C-1"))
    assert same == first
    assert Customer.objects.get().version == 1
    [moved] = told(person(reference="C-1", email="", name="Camille Durand", address=BELLECOUR))
    assert moved == Registered(first.customer_id, 1)
    contact = contacts([first.customer_id])[first.customer_id]
    assert (contact.name, contact.email) == ("Camille Durand", "camille@example.org")
    assert contact.addresses == (RIVOLI, BELLECOUR)
    assert contact.version == 2
    assert find(name="Durand") == [contact]
    assert find(name="Martin") == []


@pytest.mark.django_db
def test_a_merge_is_audited_without_a_word_of_it() -> None:
    agent = Actor(kind="api_key", id="key_1", label="shop")
    register(people=[person(reference="C-1")], now=NOW, actor=agent)
    register(people=[person(reference="C-1", phone="0698765432")], now=NOW, actor=agent)
    entry = AuditEntry.objects.get(action="customers.merge")
    assert entry.actor_id == "key_1"
    assert entry.after == {"version": 2, "changed": ["phone"]}


@pytest.mark.django_db
def test_one_person_twice_in_one_call_is_one_person() -> None:
    answers = told(
        person(reference="C-1"),
        person(reference="C-1", address=BELLECOUR),
        person(reference="C-2"),
        person(reference="C-1", address=RIVOLI),
    )
    assert Customer.objects.count() == 2
    assert [item.address_no for item in answers] == [0, 1, 0, 0]
    assert answers[0].customer_id == answers[1].customer_id == answers[3].customer_id


@pytest.mark.django_db
def test_each_one_s_own_actor_answers_for_the_merge() -> None:
    told(person(reference="C-1"), person(reference="C-2"))
    shop, site = (Actor(kind="api_key", id=name, label=name) for name in ("shop", "site"))
    register(
        people=[person(reference="C-1", name="A B"), person(), person(reference="C-2", name="A C")],
        now=NOW,
        actor=[shop, SYSTEM, site],
    )
    entries = AuditEntry.objects.filter(action="customers.merge")
    assert set(entries.values_list("actor_id", flat=True)) == {"shop", "site"}


@pytest.mark.django_db(transaction=True)
def test_many_tell_of_the_same_new_people_at_once() -> None:
    start = threading.Barrier(8)

    def tell(number: int) -> list[Registered]:
        drafts = [
            person(reference=f"C-{(number + place) % 12}", name=f"From {number}")
            for place in range(12)
        ]
        start.wait()
        try:
            with transaction.atomic():
                return told(*drafts)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(tell, range(8)))
    assert Customer.objects.count() == 12
    assert len({item.customer_id for answer in answers for item in answer}) == 12
    for found in contacts([item.customer_id for item in answers[0]]).values():
        assert found.name.startswith("From ")
        assert found.addresses == (RIVOLI,)


@pytest.mark.django_db(transaction=True)
def test_no_address_is_lost_when_two_tell_of_one_person_at_once() -> None:
    told(person(reference="C-1"))
    start = threading.Barrier(6)

    def tell(number: int) -> tuple[PersonDraft, Registered]:
        draft = person(
            reference="C-1", address=replace(BELLECOUR, street=f"{number} place Bellecour")
        )
        start.wait()
        try:
            with transaction.atomic():
                return draft, told(draft)[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(tell, range(6)))
    [contact] = find(reference="C-1")
    assert len(contact.addresses) == 7
    for draft, answer in answers:
        assert contact.address(answer.address_no) == draft.address


@pytest.mark.django_db
def test_people_are_found_by_exact_value_or_by_name() -> None:
    told(person(name="Camille Martin", email="c@example.org", phone="0612345678", reference="C-1"))
    told(
        person(name="José MARTIN", email="jose@example.org", phone="0698765432"),
        person(name="Ana Núñez", email="ana@example.org", phone=""),
    )

    def names(q: str) -> list[str]:
        return [item.name for item in search(q)]

    assert names("C@Example.ORG") == ["Camille Martin"]
    assert names("06 12 34 56 78") == ["Camille Martin"]
    assert names("+33 612345678") == ["Camille Martin"]
    assert names("C-1") == ["Camille Martin"]
    assert names("martin") == ["José MARTIN", "Camille Martin"]
    assert names("jose martin") == ["José MARTIN"]
    assert names("Martin José") == ["José MARTIN"]
    assert names("nunez") == ["Ana Núñez"]
    assert names("camille") == []
    assert names("") == names("\0") == names("@") == []
    assert [item.name for item in find(name="martin", limit=1)] == ["José MARTIN"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE customers_customer SET data_key = NULL",
        "UPDATE customers_customer SET erased_at = now()",
        "UPDATE customers_customer SET sealed = NULL, data_key = NULL, erased_at = now()",
    ],
)
def test_somebody_half_erased_cannot_be(statement: str) -> None:
    told(person())
    with (
        pytest.raises(IntegrityError, match="customers_customer_erased_or_readable"),
        transaction.atomic(),
    ):
        execute(statement)

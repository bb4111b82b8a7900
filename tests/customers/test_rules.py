"""What may be written about a person, and how two tellings become one."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaland.customers.operations import checked_person
from chaland.customers.rules import Person, e164, merged, name_key, person_of
from chaland.customers.types import Address, PersonDraft
from chaland.kernel.errors import InvalidInputError
from tests.customers.conftest import BELLECOUR, RIVOLI, person

DRAFT = PersonDraft(name="Camille Martin", address=RIVOLI)


@pytest.mark.parametrize(
    ("phone", "country", "expected"),
    [
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("+33 6 12 34 56 78", "", "+33612345678"),
        ("0033612345678", "FR", "+33612345678"),
        ("+33612345678", "DE", "+33612345678"),
        ("030 123456", "DE", "+4930123456"),
        ("02 123 45 67", "BE", "+3221234567"),
        ("", "FR", ""),
        ("call me", "FR", None),
        ("12", "FR", None),
        ("06 12 34 56 78", "", None),
        ("+33612345678901234", "FR", None),
    ],
)
def test_phones_are_written_in_one_way(phone: str, country: str, expected: str | None) -> None:
    assert e164(phone, country) == expected


def test_a_person_is_written_in_one_way() -> None:
    clean = checked_person(
        replace(DRAFT, name="  Camille Martin ", email=" Camille@EXAMPLE.org ", phone="0612345678")
    )
    assert (clean.name, clean.email) == ("Camille Martin", "Camille@example.org")
    assert (clean.phone, clean.country) == ("+33612345678", "FR")
    assert checked_person(clean) == clean


@pytest.mark.parametrize(
    ("named", "changes"),
    [
        ("name", {"name": " "}),
        ("name", {"name": "x" * 201}),
        ("name", {"name": "Camille\nMartin"}),
        ("name", {"name": "4111 1111 1111 1111"}),
        ("email", {"email": "camille"}),
        ("email", {"email": "a b@example.org"}),
        ("email", {"email": "a@b@example.org"}),
        ("email", {"email": "a@localhost"}),
        ("email", {"email": "x" * 250 + "@example.org"}),
        ("phone", {"phone": "call me"}),
        ("language", {"language": "french"}),
        ("country", {"country": "XX"}),
        ("reference", {"reference": "x" * 65}),
        ("address.street", {"address": replace(RIVOLI, street="")}),
        ("address.street", {"address": replace(RIVOLI, street="card 4111111111111111")}),
        ("address.complement", {"address": replace(RIVOLI, complement="378282246310005")}),
        ("address.city", {"address": replace(RIVOLI, city=" ")}),
        ("address.postal_code", {"address": replace(RIVOLI, postal_code="1" * 17)}),
        ("address.country", {"address": replace(RIVOLI, country="France"), "country": "FR"}),
    ],
)
def test_a_bad_person_names_the_field_and_never_repeats_a_card(
    named: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        checked_person(replace(DRAFT, **changes), field="customer")
    assert [item.field for item in refusal.value.problems] == [f"customer.{named}"]
    assert refusal.value.problems[0].fix
    assert "1111" not in str(refusal.value)
    assert "378282246310005" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Camille Martin", "martin"),
        ("MARTIN Camille", "martin"),
        ("Camille MARTIN", "martin"),
        ("CAMILLE MARTIN", "martin"),
        ("José Núñez", "nunez"),
        ("Œuvrard", "œuvrard"),
        ("", ""),
    ],
)
def test_the_family_name_is_what_a_person_is_found_by(name: str, key: str) -> None:
    assert name_key(name) == key


def test_what_is_said_replaces_and_what_is_not_said_stays() -> None:
    known = person_of(person(reference="C-1"))
    said = PersonDraft(name="Camille Durand", reference="C-1", address=BELLECOUR)
    after, number = merged(known, said)
    assert (after.name, after.email, after.phone) == (
        "Camille Durand", "camille@example.org", "+33612345678",
    )  # fmt: skip
    assert (after.addresses, number) == ((RIVOLI, BELLECOUR), 1)


addresses = st.sampled_from(
    [None, *(Address(street=text, postal_code="1", city="C", country="FR") for text in "abcd")]
)


@given(st.lists(addresses, max_size=20))
def test_an_address_keeps_its_number_whatever_comes_after(said: list[Address | None]) -> None:
    known = Person("N", "", "", "R", ())
    numbers = []
    for address in said:
        known, number = merged(known, PersonDraft(name="N", reference="R", address=address))
        numbers.append(number)
    for address, number in zip(said, numbers, strict=True):
        if address is not None:
            assert known.addresses[number] == address
    assert len(set(known.addresses)) == len(known.addresses)

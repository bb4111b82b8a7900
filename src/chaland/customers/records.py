"""One person as a row: sealed text, wrapped key and keyed hashes; and back again."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import orjson

from chaland.customers.rules import KEY_FORMS, Person
from chaland.customers.types import Address, Contact
from chaland.customers.vault import Vault

_ADDRESS_FIELDS = ("street", "postal_code", "city", "country", "complement", "recipient")


class Indexes(NamedTuple):
    """The keyed hashes of what a person is searched by."""

    reference: bytes | None
    email: bytes | None
    phone: bytes | None
    name: bytes | None


class Stored(NamedTuple):
    """The columns from which a person is read back, in the order of ``STORED_COLUMNS``."""

    id: UUID
    data_key: bytes | None
    sealed: bytes | None
    reference_index: bytes | None
    country: str
    language: str
    created_at: datetime
    erased_at: datetime | None
    version: int


class Referenced(NamedTuple):
    """What is read of somebody found by a reference: not erased, so everything is there."""

    id: UUID
    data_key: bytes
    sealed: bytes
    reference_index: bytes
    country: str
    language: str
    version: int


REFERENCED_COLUMNS = ", ".join(Referenced._fields)
STORED_COLUMNS = ", ".join(Stored._fields)


def owner_of(customer_id: UUID, reference_index: bytes | None) -> bytes:
    """Return what binds sealed data to its row.

    A person with a reference is bound to it and not to the id: two requests that name a new
    reference at once both seal under ids of their own, and only one id survives.
    """
    return reference_index or customer_id.bytes


def encode(person: Person) -> bytes:
    """Write a person as compact JSON."""
    return orjson.dumps(
        (
            person.name,
            person.email,
            person.phone,
            person.reference,
            [[getattr(item, name) for name in _ADDRESS_FIELDS] for item in person.addresses],
        )
    )


def decode(plain: bytes) -> Person:
    """Read what ``encode`` wrote."""
    name, email, phone, reference, addresses = orjson.loads(plain)
    return Person(name, email, phone, reference, tuple(map(_address, addresses)))


def indexes_of(person: Person, vault: Vault) -> Indexes:
    """Return the keyed hashes of a person."""
    return Indexes(
        *(vault.index(field, KEY_FORMS[field](getattr(person, field))) for field in Indexes._fields)
    )


def person_in(row: Referenced, vault: Vault) -> Person:
    """Return the person in a row found by its reference. Raises UnreadableError."""
    owner = owner_of(row.id, row.reference_index)
    return decode(vault.open(row.data_key, row.sealed, owner=owner))


def contact_of(row: Stored, vault: Vault) -> Contact:
    """Return how to reach the person in a row; empty when erased. Raises UnreadableError."""
    person = Person("", "", "", "", ())
    if row.data_key is not None and row.sealed is not None:
        owner = owner_of(row.id, row.reference_index)
        person = decode(vault.open(row.data_key, row.sealed, owner=owner))
    return Contact(
        id=row.id,
        name=person.name,
        email=person.email,
        phone=person.phone,
        reference=person.reference,
        country=row.country,
        language=row.language,
        addresses=person.addresses,
        created_at=row.created_at,
        erased_at=row.erased_at,
        version=row.version,
    )


def _address(values: Sequence[str]) -> Address:
    return Address(**dict(zip(_ADDRESS_FIELDS, values, strict=True)))

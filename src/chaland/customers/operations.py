"""Writes of the customers room."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.customers.events import CustomerErased
from chaland.customers.records import (
    REFERENCED_COLUMNS,
    Indexes,
    Referenced,
    encode,
    indexes_of,
    owner_of,
    person_in,
)
from chaland.customers.rules import Person, merged, normalised, person_of, problems_of
from chaland.customers.types import PersonDraft, Registered
from chaland.customers.vault import Vault, vault
from chaland.database.statements import execute, fetch_all
from chaland.kernel.actor import Actor
from chaland.kernel.errors import InvalidInputError
from chaland.kernel.ids import new_uuid, to_public
from chaland.outbox.operations import publish

_INSERT = """
INSERT INTO customers_customer
    (id, data_key, sealed, reference_index, email_index, phone_index, name_index,
     country, language, created_at, updated_at)
SELECT id, data_key, sealed, reference_index, email_index, phone_index, name_index,
       country, language, %s, %s
FROM unnest(%b::uuid[], %b::bytea[], %b::bytea[], %b::bytea[], %b::bytea[], %b::bytea[],
            %b::bytea[], %s::text[], %s::text[])
    AS person (id, data_key, sealed, reference_index, email_index, phone_index, name_index,
               country, language)
"""

# A reference that is taken locks its row and gives back what is there, for the merge. Rows go in by
# reference, so that two batches that name the same people wait for each other in one order.
_INSERT_OR_LOCK = f"""
{_INSERT}
ORDER BY person.reference_index
ON CONFLICT (reference_index) WHERE reference_index IS NOT NULL
DO UPDATE SET updated_at = EXCLUDED.updated_at
RETURNING {REFERENCED_COLUMNS}
"""

_BY_REFERENCE = f"""
SELECT {REFERENCED_COLUMNS} FROM customers_customer WHERE reference_index = ANY(%b::bytea[])
"""  # noqa: S608 - our own column names

_MERGE = """
UPDATE customers_customer AS customer
SET sealed = person.sealed, email_index = person.email_index, phone_index = person.phone_index,
    name_index = person.name_index, country = person.country, language = person.language,
    version = customer.version + 1
FROM unnest(%b::uuid[], %b::bytea[], %b::bytea[], %b::bytea[], %b::bytea[], %s::text[], %s::text[])
    AS person (id, sealed, email_index, phone_index, name_index, country, language)
WHERE customer.id = person.id
"""

_ERASE = """
UPDATE customers_customer
SET data_key = NULL, sealed = NULL, reference_index = NULL, email_index = NULL,
    phone_index = NULL, name_index = NULL, country = '', language = '',
    erased_at = %s, updated_at = %s, version = version + 1
WHERE id = ANY(%s::uuid[]) AND erased_at IS NULL
RETURNING id
"""


class _NewRow(NamedTuple):
    """A row to insert, column by column."""

    id: UUID
    data_key: bytes
    sealed: bytes
    reference_index: bytes | None
    email_index: bytes | None
    phone_index: bytes | None
    name_index: bytes | None
    country: str
    language: str


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a person at one moment, and what it becomes."""

    person: Person
    country: str
    language: str

    def told(self, drafts: Sequence[PersonDraft]) -> tuple["_Known", list[int]]:
        """Return what is known after *drafts*, and the number of the address each one names."""
        person, country, language = self.person, self.country, self.language
        numbers = []
        for draft in drafts:
            person, number = merged(person, draft)
            numbers.append(number)
            country, language = draft.country or country, draft.language or language
        return _Known(person, country, language), numbers


_NOBODY = _Known(Person("", "", "", "", ()), "", "")


def checked_person(draft: PersonDraft, *, field: str = "customer") -> PersonDraft:
    """Return *draft* as it may be registered: trimmed, phone as E.164, nothing forbidden in it.

    Raises InvalidInputError that names each wrong field under the path *field*.
    """
    clean = normalised(draft)
    problems = problems_of(clean, field=field)
    if problems:
        raise InvalidInputError(problems)
    return clean


def register(
    *, people: Sequence[PersonDraft], now: datetime, actor: Actor | Sequence[Actor]
) -> list[Registered]:
    """Write people (from ``checked_person``) and return who each became, in the order given.

    Guests cost one statement for all. People with a reference are found again and merged: one more
    statement when all are known and say nothing new. *actor* is one for all or one for each.
    """
    key = vault()
    places: dict[bytes, list[int]] = {}
    guests: list[_NewRow] = []
    answers: dict[int, Registered] = {}
    for place, draft in enumerate(people):
        index = key.index("reference", draft.reference)
        if index is not None:
            places.setdefault(index, []).append(place)
            continue
        row = _new_row(_Known(person_of(draft), draft.country, draft.language), key)
        guests.append(row)
        answers[place] = Registered(row.id, 0)
    if guests:
        execute(_INSERT, [now, now, *_columns(guests)], prepare=True)
    if places:
        drafts = {index: [people[place] for place in found] for index, found in places.items()}
        registered = _register_referenced(drafts, key, now, _first_actors(places, actor))
        for index, found in places.items():
            answers.update(zip(found, registered[index], strict=True))
    return [answers[place] for place in range(len(people))]


def erase(*, customer_ids: Sequence[UUID], reason: str, now: datetime, actor: Actor) -> list[UUID]:
    """Destroy the keys of people, so that nobody can read their data again; return whom it changed.

    Those already erased, and ids that do not exist, are left out. Amounts and documents elsewhere
    keep the id, which no longer leads to anybody.
    """
    rows = fetch_all(_ERASE, [now, now, sorted(customer_ids)])
    erased = [row[0] for row in rows]
    names = [to_public("cus", customer_id) for customer_id in erased]
    record_audit(
        [
            AuditFact(
                actor=actor,
                action="customers.erase",
                entity_type="customer",
                entity_id=name,
                at=now,
                before={"erased": False},
                after={"erased": True},
                reason=reason,
            )
            for name in names
        ]
    )
    publish(
        [
            CustomerErased(occurred_at=now, stream=name, subject=name, reason=reason)
            for name in names
        ],
        actor=actor,
    )
    return erased


def _register_referenced(
    drafts: dict[bytes, list[PersonDraft]], key: Vault, now: datetime, actors: dict[bytes, Actor]
) -> dict[bytes, list[Registered]]:
    """Register people with a reference; write only those who are new or say something new."""
    answers: dict[bytes, list[Registered]] = {}
    for row in _referenced(_BY_REFERENCE, [list(drafts)]):
        index = row.reference_index
        known = _known(row, key)
        after, numbers = known.told(drafts[index])
        if after == known:
            answers[index] = [Registered(row.id, number) for number in numbers]
    unsettled = {index: said for index, said in drafts.items() if index not in answers}
    if unsettled:
        answers.update(_insert_or_merge(unsettled, key, now, actors))
    return answers


def _insert_or_merge(
    drafts: dict[bytes, list[PersonDraft]], key: Vault, now: datetime, actors: dict[bytes, Actor]
) -> dict[bytes, list[Registered]]:
    proposed: dict[UUID, list[int]] = {}
    rows: list[_NewRow] = []
    for said in drafts.values():
        fresh, numbers = _NOBODY.told(said)
        row = _new_row(fresh, key)
        rows.append(row)
        proposed[row.id] = numbers
    answers: dict[bytes, list[Registered]] = {}
    changes: list[tuple[Referenced, _Known, _Known]] = []
    for found in _referenced(_INSERT_OR_LOCK, [now, now, *_columns(rows)]):
        index = found.reference_index
        numbers_here = proposed.get(found.id)
        if numbers_here is None:
            known = _known(found, key)
            after, numbers_here = known.told(drafts[index])
            if after != known:
                changes.append((found, known, after))
        answers[index] = [Registered(found.id, number) for number in numbers_here]
    if changes:
        _merge(changes, key, now, actors)
    return answers


def _merge(
    changes: Sequence[tuple[Referenced, _Known, _Known]],
    key: Vault,
    now: datetime,
    actors: dict[bytes, Actor],
) -> None:
    rows = []
    facts = []
    for stored, before, after in changes:
        owner = owner_of(stored.id, stored.reference_index)
        sealed = key.seal(stored.data_key, encode(after.person), owner=owner)
        hashes = indexes_of(after.person, key)
        rows.append(
            (
                stored.id,
                sealed,
                hashes.email,
                hashes.phone,
                hashes.name,
                after.country,
                after.language,
            )
        )
        facts.append(
            AuditFact(
                actor=actors[stored.reference_index],
                action="customers.merge",
                entity_type="customer",
                entity_id=to_public("cus", stored.id),
                at=now,
                before={"version": stored.version},
                after={"version": stored.version + 1, "changed": _changed(before, after)},
            )
        )
    execute(_MERGE, _columns(rows))
    record_audit(facts)


def _changed(before: _Known, after: _Known) -> list[str]:
    """Name the fields that differ; their values are personal and stay out of the audit log."""
    names = (
        "person.name",
        "person.email",
        "person.phone",
        "person.addresses",
        "country",
        "language",
    )
    return [
        name.removeprefix("person.")
        for name in names
        if attrgetter(name)(before) != attrgetter(name)(after)
    ]


def _new_row(known: _Known, key: Vault) -> _NewRow:
    customer_id = new_uuid()
    hashes: Indexes = indexes_of(known.person, key)
    data_key, sealed = key.seal_new(
        encode(known.person), owner=owner_of(customer_id, hashes.reference)
    )
    return _NewRow(customer_id, data_key, sealed, *hashes, known.country, known.language)


def _known(row: Referenced, key: Vault) -> _Known:
    return _Known(person_in(row, key), row.country, row.language)


def _referenced(statement: str, params: Sequence[object]) -> list[Referenced]:
    return [Referenced._make(row) for row in fetch_all(statement, params, binary=True)]


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _first_actors(
    places: dict[bytes, list[int]], actor: Actor | Sequence[Actor]
) -> dict[bytes, Actor]:
    if isinstance(actor, Actor):
        return dict.fromkeys(places, actor)
    return {index: actor[found[-1]] for index, found in places.items()}

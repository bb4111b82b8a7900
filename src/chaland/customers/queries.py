"""Reads of the customers room: the only way to see who somebody is."""

from collections.abc import Collection
from uuid import UUID

from chaland.customers.records import STORED_COLUMNS, Stored, contact_of
from chaland.customers.rules import KEY_FORMS, e164, plain
from chaland.customers.types import Contact
from chaland.customers.vault import vault
from chaland.database.statements import fetch_all
from chaland.kernel.errors import NotFoundError
from chaland.kernel.ids import to_public

_BY_ID = f"SELECT {STORED_COLUMNS} FROM customers_customer WHERE id = ANY(%s::uuid[])"  # noqa: S608 - our own column names
_BY_INDEX = (
    f"SELECT {STORED_COLUMNS} FROM customers_customer"  # noqa: S608 - our own column names
    " WHERE {field}_index = %s AND id < %s ORDER BY id DESC LIMIT %s"
)
# A family name is shared by many: read more than are shown, for the other parts to narrow.
_NAMESAKES = 1000
_AFTER_ALL = UUID(int=2**128 - 1)


def contacts(ids: Collection[UUID]) -> dict[UUID, Contact]:
    """Return how to reach each person that exists among *ids*; one query."""
    key = vault()
    rows = map(Stored._make, fetch_all(_BY_ID, [list(ids)], binary=True)) if ids else ()
    return {row.id: contact_of(row, key) for row in rows}


def contact(customer_id: UUID) -> Contact:
    """Return how to reach one person. Raises NotFoundError."""
    found = contacts([customer_id])
    if customer_id not in found:
        raise NotFoundError("customer", to_public("cus", customer_id))
    return found[customer_id]


def find(
    *,
    email: str = "",
    phone: str = "",
    reference: str = "",
    name: str = "",
    before: UUID | None = None,
    limit: int = 50,
) -> list[Contact]:
    """Return people by exact e-mail, phone or reference, or by name; newest first.

    *before* is the last one of the page before.

    The first of the four that is given decides; capitals and accents do not matter. A name must
    hold the family name; its other parts narrow the answer.
    """
    for field, value in (("email", email), ("phone", phone), ("reference", reference)):
        if value.strip():
            return _found(field, value, before, limit)
    words = set(plain(name).split())
    if not words:
        return []
    candidates: dict[UUID, Contact] = {}
    for word in words:
        candidates.update((item.id, item) for item in _found("name", word, before, _NAMESAKES))
    matching = [item for item in candidates.values() if words <= set(plain(item.name).split())]
    return sorted(matching, key=lambda item: item.id, reverse=True)[:limit]


def search(q: str, *, limit: int = 50) -> list[Contact]:
    """Return people by whatever *q* is: an e-mail address, a phone, a reference or a name."""
    text = q.replace("\0", "").strip()
    if "@" in text:
        return find(email=text, limit=limit)
    if found := find(reference=text, limit=limit):
        return found
    if e164(text, "FR") and (found := find(phone=text, limit=limit)):
        return found
    return find(name=text, limit=limit)


def _found(field: str, value: str, before: UUID | None, limit: int) -> list[Contact]:
    key = vault()
    if field == "phone":
        value = e164(value, "FR") or value
    index = key.index(field, KEY_FORMS[field](value))
    rows = fetch_all(
        _BY_INDEX.format(field=field), [index, before or _AFTER_ALL, limit], binary=True
    )
    return [contact_of(Stored._make(row), key) for row in rows]

"""The plain data of the customers room, for every room above."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to deliver; ``country`` is ISO 3166-1, ``recipient`` empty when it is the customer."""

    street: str
    postal_code: str
    city: str
    country: str
    complement: str = ""
    recipient: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDraft:
    """What an order says about a person. Empty text means "not said".

    ``reference`` is the retailer's own id: with it, the person is found again and what is new is
    merged in; without it each order makes a new guest. ``phone`` is E.164 once it is checked.
    """

    name: str
    email: str = ""
    phone: str = ""
    language: str = ""
    country: str = ""
    reference: str = ""
    address: Address | None = None


class Registered(NamedTuple):
    """Who a draft became, and which of that person's addresses is the one it named (from 0)."""

    customer_id: UUID
    address_no: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How to reach a person. After an erasure everything is empty and ``erased_at`` is set.

    ``addresses`` is append-only, so an order's address number stays true.
    """

    id: UUID
    name: str
    email: str
    phone: str
    reference: str
    country: str
    language: str
    addresses: tuple[Address, ...]
    created_at: datetime
    erased_at: datetime | None
    version: int

    def address(self, number: int) -> Address | None:
        """Return address *number*, or None when it was never given or was erased."""
        return self.addresses[number] if 0 <= number < len(self.addresses) else None

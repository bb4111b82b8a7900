"""Short ways to tell of people."""

from datetime import UTC, datetime
from typing import Any

from chaland.customers.operations import checked_person, register
from chaland.customers.types import Address, PersonDraft, Registered
from chaland.kernel.actor import SYSTEM

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
RIVOLI = Address(street="8 rue de Rivoli", postal_code="75004", city="Paris", country="FR")
BELLECOUR = Address(street="1 place Bellecour", postal_code="69002", city="Lyon", country="FR")


def person(**changes: Any) -> PersonDraft:
    """Return a person, checked, with these *changes*."""
    values: dict[str, Any] = {
        "name": "Camille Martin",
        "email": "camille@example.org",
        "phone": "06 12 34 56 78",
        "language": "fr",
        "address": RIVOLI,
    }
    return checked_person(PersonDraft(**{**values, **changes}))


def told(*people: PersonDraft) -> list[Registered]:
    """Register people as the system."""
    return register(people=people, now=NOW, actor=SYSTEM)

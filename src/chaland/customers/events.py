"""Facts that the customers room tells; none of them holds personal data."""

from dataclasses import dataclass
from typing import ClassVar

from chaland.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerErased(DomainEvent):
    """A person's data can no longer be read by anybody; copies elsewhere should go too."""

    TYPE: ClassVar[str] = "customer.erased"

    reason: str

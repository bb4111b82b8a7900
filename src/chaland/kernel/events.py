"""The shape of a fact that leaves a room."""

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from chaland.kernel.money import Money

_ENVELOPE_FIELDS = frozenset({"occurred_at", "stream", "subject"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainEvent:
    """A past fact, frozen and versioned; subclasses add their own fields.

    ``stream`` names the sequence inside which order is kept (for orders: the order's public id);
    ``subject`` is the public id of the thing that changed. Every further field is part of the
    payload. ``TYPE`` is the public name (``order.placed``); ``VERSION`` rises when the payload
    changes shape.
    """

    TYPE: ClassVar[str]
    VERSION: ClassVar[int] = 1

    occurred_at: datetime
    stream: str
    subject: str

    def payload(self) -> dict[str, object]:
        """Return the event's own fields as JSON-ready values."""
        return {
            item.name: _plain(getattr(self, item.name))
            for item in fields(self)
            if item.name not in _ENVELOPE_FIELDS
        }


def _plain(value: object) -> object:
    if isinstance(value, Money):
        return value.as_json()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value

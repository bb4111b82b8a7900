"""Facts that this room tells the world; the stream is the public id of the order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from chaland.kernel.events import DomainEvent
from chaland.kernel.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(DomainEvent):
    """An order was accepted: its units are reserved and its promise is made.

    ``lines`` has one object a line: ``line`` (public id), ``line_no``, ``sku``, ``quantity``,
    ``unit_price``.
    """

    TYPE: ClassVar[str] = "order.placed"

    channel: str
    external_id: str
    method: str
    currency: str
    total: Money
    placed_at: datetime
    promise_earliest: datetime | None
    promise_latest: datetime | None
    lines: Sequence[dict[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChanged(DomainEvent):
    """The order moved from one state to another; the type says to which."""

    TYPE: ClassVar[str] = "order.changed"

    external_id: str
    state: str
    previous_state: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStarted(OrderChanged):
    """A first site was told to work on the order."""

    TYPE: ClassVar[str] = "order.started"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBlocked(OrderChanged):
    """Some units have nowhere to come from."""

    TYPE: ClassVar[str] = "order.blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderUnblocked(OrderChanged):
    """Every unit has a place to come from again."""

    TYPE: ClassVar[str] = "order.unblocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFulfilled(OrderChanged):
    """Everything owed has left; something is still under way."""

    TYPE: ClassVar[str] = "order.fulfilled"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCompleted(OrderChanged):
    """Everything owed is in the customer's hands."""

    TYPE: ClassVar[str] = "order.completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(OrderChanged):
    """Nothing is left to give."""

    TYPE: ClassVar[str] = "order.cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLinesCancelled(DomainEvent):
    """Some units will not be given; ``lines`` has ``line``, ``sku`` and ``quantity``."""

    TYPE: ClassVar[str] = "order.lines_cancelled"

    external_id: str
    reason: str
    lines: Sequence[dict[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderResourced(DomainEvent):
    """Units that a site could not give were given to other sites; ``unplaced`` found none.

    Both list objects with ``line``, ``sku``, ``quantity``; ``placed`` also ``location``.
    """

    TYPE: ClassVar[str] = "order.resourced"

    reason: str
    placed: Sequence[dict[str, object]]
    unplaced: Sequence[dict[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReassigned(DomainEvent):
    """Before any site was told, the order was given to other sites, together with others.

    ``before`` and ``placed`` list what changed: objects with ``line``, ``sku``, ``quantity`` and
    ``location``. ``saving`` is what that saves, in the group's currency; negative for an order that
    makes room for others, which save more.
    """

    TYPE: ClassVar[str] = "order.reassigned"

    before: Sequence[dict[str, object]]
    placed: Sequence[dict[str, object]]
    saving: str


EVENT_OF_ACTION: dict[str, type[OrderChanged]] = {
    "start": OrderStarted,
    "block": OrderBlocked,
    "reopen": OrderUnblocked,
    "resume": OrderUnblocked,
    "fulfil": OrderFulfilled,
    "complete": OrderCompleted,
    "cancel": OrderCancelled,
}

"""Facts that this room tells the world; the stream is the public id of the order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from chaland.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentEvent(DomainEvent):
    """Something happened to a site's part of an order; ``location`` is the site's code.

    ``lines`` has one object a line: ``line`` and ``order_line`` (public ids), ``sku``, ``quantity``
    (units that the site gives, or gave back).
    """

    TYPE: ClassVar[str] = "fulfilment_order.changed"

    order: str
    location: str
    method: str
    lines: Sequence[dict[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentPlanned(FulfilmentEvent):
    """A site was chosen and its stock reserved."""

    TYPE: ClassVar[str] = "fulfilment_order.planned"

    dispatch_by: datetime | None
    promise_latest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentReleased(FulfilmentEvent):
    """The site was told."""

    TYPE: ClassVar[str] = "fulfilment_order.released"


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentAccepted(FulfilmentEvent):
    """Somebody at the site works on it."""

    TYPE: ClassVar[str] = "fulfilment_order.accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentPicked(FulfilmentEvent):
    """The goods are off the shelf; ``lines`` counts what was found."""

    TYPE: ClassVar[str] = "fulfilment_order.picked"


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentPacked(FulfilmentEvent):
    """The parcels are closed: ``parcels`` has their public ids and weights in grams."""

    TYPE: ClassVar[str] = "fulfilment_order.packed"

    parcels: Sequence[dict[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentReady(FulfilmentEvent):
    """The goods wait at the counter; the customer says ``pickup_code`` to get them."""

    TYPE: ClassVar[str] = "fulfilment_order.ready"

    pickup_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentShipped(FulfilmentEvent):
    """The carrier has the parcels: ``parcels`` has public ids and tracking numbers."""

    TYPE: ClassVar[str] = "fulfilment_order.shipped"

    service: str | None
    parcels: Sequence[dict[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelDelivered(FulfilmentEvent):
    """A parcel reached the customer; others of the same fulfilment order may follow."""

    TYPE: ClassVar[str] = "parcel.delivered"

    parcel: str
    tracking_number: str
    delivered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentDelivered(FulfilmentEvent):
    """The last parcel reached the customer."""

    TYPE: ClassVar[str] = "fulfilment_order.delivered"

    delivered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentCollected(FulfilmentEvent):
    """The customer took the goods at the counter."""

    TYPE: ClassVar[str] = "fulfilment_order.collected"


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentRefused(FulfilmentEvent):
    """The site gives back all that it had to give; ``lines`` counts what."""

    TYPE: ClassVar[str] = "fulfilment_order.refused"

    reason: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentTimedOut(FulfilmentEvent):
    """The site did not answer in time (``answer_minutes`` of its opening time) and has lost it."""

    TYPE: ClassVar[str] = "fulfilment_order.timed_out"

    released_at: datetime
    answer_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentEscalated(FulfilmentEvent):
    """Sites gave the order back ``refusals`` times: it waits for a person, no site is asked."""

    TYPE: ClassVar[str] = "fulfilment_order.escalated"

    refusals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentLinesRefused(FulfilmentEvent):
    """The site gives back some units and keeps the rest; ``lines`` counts what it gives back."""

    TYPE: ClassVar[str] = "fulfilment_order.lines_refused"

    reason: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentCancelled(FulfilmentEvent):
    """The site has nothing to do any more."""

    TYPE: ClassVar[str] = "fulfilment_order.cancelled"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentLinesCancelled(FulfilmentEvent):
    """The site has less to give; ``lines`` counts what is cancelled."""

    TYPE: ClassVar[str] = "fulfilment_order.lines_cancelled"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentLate(FulfilmentEvent):
    """A promised moment, ``due``, has passed: ``missed`` is ``dispatch`` or ``delivery``."""

    TYPE: ClassVar[str] = "fulfilment_order.late"

    missed: str
    due: datetime

"""The words of this room that others may use: drafts and requests in, facts out. No Django."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

FULFILMENT_PREFIX = "ful"
LINE_PREFIX = "fln"
PARCEL_PREFIX = "par"


class FulfilmentState(StrEnum):
    """How far a site has come with its part of an order."""

    PLANNED = "planned"
    """The site is chosen and its stock reserved; it has not been told yet."""
    RELEASED = "released"
    """The site has been told."""
    ACCEPTED = "accepted"
    """Somebody there works on it."""
    PICKED = "picked"
    """The goods are off the shelf."""
    PACKED = "packed"
    """The parcels are closed and wait for the carrier."""
    READY = "ready"
    """The goods wait for the customer at the counter."""
    SHIPPED = "shipped"
    """The carrier has the parcels: the stock is gone."""
    DELIVERED = "delivered"
    COLLECTED = "collected"
    """The customer has taken the goods at the counter: the stock is gone."""
    REFUSED = "refused"
    """The site could not: the units were, or have to be, found elsewhere."""
    CANCELLED = "cancelled"


class FulfilmentMethod(StrEnum):
    """How the goods leave the site."""

    SHIP = "ship"
    PICKUP = "pickup"


class RefusalReason(StrEnum):
    """Why a site gives units back."""

    NOT_FOUND = "not_found"
    DAMAGED = "damaged"
    NO_CAPACITY = "no_capacity"
    CLOSED = "closed"
    OTHER = "other"


NO_ANSWER = "no_answer"
"""Why work was taken from a site that let its time pass; no site gives this reason itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentLineDraft:
    """Units of one SKU to be planned; ``per_kit`` of them make one kit (1: it is no kit)."""

    line_id: UUID
    order_line_id: UUID
    sku_id: int
    sku_code: str
    quantity: int
    reservation_id: UUID
    per_kit: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentDraft:
    """A site's part of an order, to be planned; its stock is reserved by the same transaction.

    ``sequence`` numbers the parts of the order from 1 on, re-sourced ones included. ``dispatch_by``
    is when the goods must leave, or be ready at the counter, for the promise to hold.
    ``release_at`` is when the site is told. ``cost`` is the expected cost in the order's currency.
    """

    fulfilment_id: UUID
    order_id: UUID
    location_id: int
    method: FulfilmentMethod
    service_code: str | None
    sequence: int
    dispatch_by: datetime | None
    promise_earliest: datetime | None
    promise_latest: datetime | None
    release_at: datetime
    cost: Decimal
    lines: tuple[FulfilmentLineDraft, ...]


@dataclass(frozen=True, slots=True)
class PickedLine:
    """How many units of a fulfilment line were found; the rest of it is refused."""

    line_id: UUID
    picked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PickRequest:
    """What was picked for a fulfilment order; a line not named was picked whole.

    ``reason`` says why units are missing: they are refused for it.
    """

    fulfilment_id: UUID
    lines: tuple[PickedLine, ...] = ()
    reason: RefusalReason = RefusalReason.NOT_FOUND


@dataclass(frozen=True, slots=True)
class PackedLine:
    """Units of a fulfilment line in a parcel."""

    line_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelDraft:
    """A parcel as closed; without ``lines`` it holds everything (then it must be the only one)."""

    parcel_id: UUID
    weight_grams: int | None = None
    lines: tuple[PackedLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PackRequest:
    """The parcels of a fulfilment order."""

    fulfilment_id: UUID
    parcels: tuple[ParcelDraft, ...]


@dataclass(frozen=True, slots=True)
class ScannedUnits:
    """Units of a line that were scanned as they left: of one lot, or a serial each."""

    line_id: UUID
    units: int
    lot: str | None = None
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipRequest:
    """The carrier took the parcels. ``tracking`` gives their numbers by parcel.

    ``scanned`` tells lots and serials; without it, the lots that expire first have left.
    """

    fulfilment_id: UUID
    service_code: str | None = None
    tracking: Mapping[UUID, str] = field(default_factory=dict)
    expected_at: datetime | None = None
    scanned: tuple[ScannedUnits, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverRequest:
    """Parcels reached the customer at ``at``; ``parcels`` None means all of them."""

    fulfilment_id: UUID
    at: datetime
    parcels: tuple[UUID, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectRequest:
    """The customer stands at the counter and says the code."""

    fulfilment_id: UUID
    code: str
    scanned: tuple[ScannedUnits, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseRequest:
    """A site gives units back; ``lines`` None means all that it still has to give."""

    fulfilment_id: UUID
    reason: RefusalReason
    note: str = ""
    lines: tuple[PackedLine, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequest:
    """Units of a site's part that nobody wants any more; ``lines`` None means all of them."""

    fulfilment_id: UUID
    reason: str
    lines: tuple[PackedLine, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FreedUnits:
    """Units that a site will not give: they are still reserved there until ``release_stock``."""

    fulfilment_id: UUID
    order_id: UUID
    order_line_id: UUID
    location_id: int
    sku_id: int
    sku_code: str
    quantity: int
    per_kit: int
    reservation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentLineView:
    """A line as read. ``to_give`` is what the site still gives, or has given."""

    id: UUID
    fulfilment_id: UUID
    order_line_id: UUID
    sku_id: int
    sku_code: str
    quantity: int
    picked: int
    refused: int
    cancelled: int
    per_kit: int
    reservation_id: UUID

    @property
    def to_give(self) -> int:
        """Units that were neither refused nor cancelled."""
        return self.quantity - self.refused - self.cancelled


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentView:
    """A fulfilment order as read, without lines and parcels.

    ``late_after`` is the next promised moment that it can miss; ``late_at`` is when it was first
    found to have missed one.
    """

    id: UUID
    order_id: UUID
    location_id: int
    method: FulfilmentMethod
    service_code: str | None
    state: FulfilmentState
    sequence: int
    dispatch_by: datetime | None
    promise_earliest: datetime | None
    promise_latest: datetime | None
    release_at: datetime
    released_at: datetime | None
    accepted_at: datetime | None
    picked_at: datetime | None
    packed_at: datetime | None
    ready_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    collected_at: datetime | None
    refused_at: datetime | None
    cancelled_at: datetime | None
    late_after: datetime | None
    late_at: datetime | None
    refusal_reason: str
    pickup_code: str
    cost: Decimal
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelView:
    """A parcel as read; ``lines`` are units by fulfilment line."""

    id: UUID
    fulfilment_id: UUID
    service_code: str | None
    tracking_number: str
    weight_grams: int | None
    expected_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    lines: Mapping[UUID, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLoad:
    """How much work a site has, in fulfilment orders; ``late`` are among the others.

    ``done`` were handed to a carrier or a customer since a moment that the reader chose.
    """

    planned: int = 0
    released: int = 0
    in_work: int = 0
    ready: int = 0
    late: int = 0
    done: int = 0

    @property
    def waiting(self) -> int:
        """Orders that still have to leave, or be made ready."""
        return self.planned + self.released + self.in_work


@dataclass(frozen=True, slots=True)
class SiteLine:
    """Units of one SKU for one order line at one site, and how far the site is."""

    order_line_id: UUID
    sku_id: int
    per_kit: int
    to_give: int
    state: FulfilmentState


@dataclass(frozen=True, slots=True)
class Coverage:
    """Whole units (or kits) of an order line: ``planned`` wait at sites, ``shipped`` are gone.

    ``touched`` are those of which at least one component has left: they cannot be cancelled.
    """

    planned: int
    shipped: int
    touched: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """A line of a to-do list: the work, whose it is, and how much; ``units`` are still to give."""

    fulfilment: FulfilmentView
    external_id: str
    customer_id: UUID
    line_count: int
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Work that a site was told of at ``released_at`` and has not accepted."""

    fulfilment_id: UUID
    order_id: UUID
    channel_id: int
    location_id: int
    released_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Units of a SKU that an order line is owed and that no site gives."""

    order_line_id: UUID
    sku_id: int
    sku_code: str
    per_kit: int
    quantity: int

"""The words of this room that others may use: drafts in, facts out. No Django."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

ORDER_PREFIX = "ord"
LINE_PREFIX = "lin"


class OrderState(StrEnum):
    """How far an order has come."""

    OPEN = "open"
    """Sourced; no site has been told to work on it yet."""
    IN_PROGRESS = "in_progress"
    """At least one site has been told."""
    BLOCKED = "blocked"
    """Some units have nowhere to come from: a person must decide."""
    FULFILLED = "fulfilled"
    """Everything that was not cancelled has left; something is still under way."""
    COMPLETED = "completed"
    """Everything that was not cancelled is in the customer's hands."""
    CANCELLED = "cancelled"
    """Nothing is left to give."""


class OrderMethod(StrEnum):
    """How the customer gets the goods."""

    SHIP = "ship"
    PICKUP = "pickup"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLineDraft:
    """A line to be inserted; ``unit_price`` is in the order's currency."""

    line_id: UUID
    line_no: int
    external_line_id: str | None
    sku_id: int
    sku_code: str
    description: str
    quantity: int
    unit_price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDraft:
    """An order to be inserted, already checked, priced and sourced.

    ``content_hash`` is the SHA-256 of the request in canonical form: it tells a harmless repeat
    from another order under the same ``external_id``. ``destination_…`` is where the goods go: the
    customer's address for ``ship`` (number ``customer_address`` of those that ``customers`` keeps),
    the location's own for ``pickup``. ``promise_confidence`` is the probability (0 to 1) that
    ``promise_latest`` holds and ``promise_basis`` says where it comes from. ``organisation_ids``
    are those whose stock may serve the order, now and when it is sourced again; None means
    everybody's.
    """

    order_id: UUID
    channel_id: int
    external_id: str
    content_hash: bytes
    customer_id: UUID
    customer_address: int
    currency: str
    placed_at: datetime
    method: OrderMethod
    destination_country: str
    destination_postal_code: str
    destination_latitude: float
    destination_longitude: float
    service_code: str | None
    pickup_location_id: int | None
    total_amount: Decimal
    shipping_amount: Decimal
    promise_earliest: datetime | None
    promise_latest: datetime | None
    promise_confidence: float | None
    promise_basis: str
    note: str
    tags: tuple[str, ...]
    lines: tuple[OrderLineDraft, ...]
    organisation_ids: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class ExistingOrder:
    """An order already known under a key, and the hash of what was sent then."""

    id: UUID
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class LockedOrder:
    """An order whose row is locked until the transaction ends."""

    id: UUID
    state: OrderState
    version: int


@dataclass(frozen=True, slots=True)
class LineCancellation:
    """Units of an order line that the customer or the retailer no longer wants."""

    order_line_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class LineProgress:
    """Where units of an order line are: ``planned`` at a site and not gone, or ``shipped``.

    Both are totals, not changes, so that telling them twice does no harm.
    """

    planned: int
    shipped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderProgress:
    """What the sites know about an order.

    ``started``: a site has been told to work. ``under_way``: something has left a site and has not
    reached the customer. ``lines`` has every line of the order that any site ever had.
    """

    order_id: UUID
    started: bool
    under_way: bool
    lines: Mapping[UUID, LineProgress] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLineView:
    """A line as read; ``shipped`` counts whole units (or whole kits) that have left."""

    id: UUID
    order_id: UUID
    line_no: int
    external_line_id: str | None
    sku_id: int
    sku_code: str
    description: str
    quantity: int
    cancelled: int
    shipped: int
    unit_price: Decimal

    @property
    def remaining(self) -> int:
        """Units still owed to the customer and not gone."""
        return self.quantity - self.cancelled - self.shipped


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """An order as read, without its lines."""

    id: UUID
    channel_id: int
    external_id: str
    customer_id: UUID
    customer_address: int
    currency: str
    placed_at: datetime
    received_at: datetime
    state: OrderState
    method: OrderMethod
    destination_country: str
    destination_postal_code: str
    destination_latitude: float
    destination_longitude: float
    service_code: str | None
    pickup_location_id: int | None
    total_amount: Decimal
    shipping_amount: Decimal
    promise_earliest: datetime | None
    promise_latest: datetime | None
    promise_confidence: float | None
    promise_basis: str
    note: str
    tags: tuple[str, ...]
    organisation_ids: tuple[int, ...] | None
    cancelled_reason: str
    version: int

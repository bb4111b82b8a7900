"""How orders and their parts look to a client."""

from datetime import datetime
from typing import Any

from chaland.fulfilment.types import (
    FULFILMENT_PREFIX,
)
from chaland.journeys.api.work_views import FulfilmentOrderView, PersonView, person_view
from chaland.journeys.find_orders import FoundOrder
from chaland.journeys.order_page import OrderPage, PageLine
from chaland.journeys.order_timeline import TimelineEntry
from chaland.kernel.ids import to_public
from chaland.kernel.money import Money
from chaland.orders.tracking import make_token
from chaland.orders.types import LINE_PREFIX, ORDER_PREFIX, OrderMethod, OrderState
from chaland.sourcing.types import DecisionRecord
from chaland.web.schemas import MoneyView, View


class PromiseTold(View):
    """The window told to the customer; ``confidence`` is the probability that ``latest`` holds."""

    earliest: datetime | None
    latest: datetime | None
    confidence: float | None
    basis: str


class DestinationView(View):
    """Where the goods go, as far as it names nobody."""

    country: str
    postal_code: str


class OrderSummaryView(View):
    """An order of a list. ``total`` is null for keys that may see a part of it only."""

    id: str
    external_id: str
    channel: str
    state: OrderState
    method: OrderMethod
    placed_at: datetime
    received_at: datetime
    total: MoneyView | None
    units: int
    destination: DestinationView
    locations: list[str]
    promise_latest: datetime | None

    @classmethod
    def of(cls, found: FoundOrder) -> "OrderSummaryView":
        """Show an order that was found."""
        order = found.order
        return cls(
            id=to_public(ORDER_PREFIX, order.id),
            external_id=order.external_id,
            channel=found.channel,
            state=order.state,
            method=order.method,
            placed_at=order.placed_at,
            received_at=order.received_at,
            total=None if found.total is None else _money(Money(found.total, order.currency)),
            units=found.units,
            destination=DestinationView(
                country=order.destination_country, postal_code=order.destination_postal_code
            ),
            locations=list(found.locations),
            promise_latest=order.promise_latest,
        )


class OrderLineView(View):
    """A line: ``waiting`` units are at a site, ``unplaced`` have none, ``shipped`` have left."""

    id: str
    line_no: int
    line_id: str | None
    sku: str
    description: str
    quantity: int
    cancelled: int
    waiting: int
    shipped: int
    unplaced: int
    cancellable: int
    unit_price: MoneyView | None

    @classmethod
    def of(cls, item: PageLine, currency: str, *, restricted: bool) -> "OrderLineView":
        """Show a line; prices are for those who see the whole order."""
        line = item.line
        price = None if restricted else _money(Money(line.unit_price, currency))
        return cls(
            id=to_public(LINE_PREFIX, line.id),
            line_no=line.line_no,
            line_id=line.external_line_id,
            sku=line.sku_code,
            description=line.description,
            quantity=item.quantity,
            cancelled=line.cancelled,
            waiting=item.waiting,
            shipped=line.shipped,
            unplaced=item.unplaced,
            cancellable=item.cancellable,
            unit_price=price,
        )


class OrderView(View):
    """An order with everything about it.

    Keys that may see a part of it only get their sites' lines and parts, and no amounts.
    ``pickup_codes`` are by fulfilment order, for keys that see the whole order and its customer.
    """

    id: str
    external_id: str
    channel: str
    state: OrderState
    method: OrderMethod
    placed_at: datetime
    received_at: datetime
    service: str | None
    destination: DestinationView
    pickup_location: str | None
    total: MoneyView | None
    shipping: MoneyView | None
    promise: PromiseTold
    note: str
    tags: list[str]
    cancelled_reason: str
    customer: PersonView | None
    lines: list[OrderLineView]
    fulfilment_orders: list[FulfilmentOrderView]
    pickup_codes: dict[str, str]
    actions: list[str]
    tracking_url: str | None
    version: int

    @classmethod
    def of(cls, page: OrderPage) -> "OrderView":
        """Show an order as its reader may see it."""
        order, whole = page.order, not page.restricted
        return cls(
            id=to_public(ORDER_PREFIX, order.id),
            external_id=order.external_id,
            channel=page.channel,
            state=order.state,
            method=order.method,
            placed_at=order.placed_at,
            received_at=order.received_at,
            service=order.service_code,
            destination=DestinationView(
                country=order.destination_country, postal_code=order.destination_postal_code
            ),
            pickup_location=page.pickup_location.code if page.pickup_location else None,
            total=_money(Money(order.total_amount, order.currency)) if whole else None,
            shipping=_money(Money(order.shipping_amount, order.currency)) if whole else None,
            promise=PromiseTold(
                earliest=order.promise_earliest,
                latest=order.promise_latest,
                confidence=order.promise_confidence,
                basis=order.promise_basis,
            ),
            note=order.note,
            tags=list(order.tags),
            cancelled_reason=order.cancelled_reason,
            customer=person_view(page.customer, order.customer_address),
            lines=[
                OrderLineView.of(line, order.currency, restricted=page.restricted)
                for line in page.lines
            ],
            fulfilment_orders=[FulfilmentOrderView.of(part) for part in page.parts],
            pickup_codes=_pickup_codes(page) if whole and page.customer else {},
            actions=list(page.actions),
            tracking_url=f"/t/{make_token(order.id)}" if whole else None,
            version=page.version,
        )


class TimelineEntryView(View):
    """Something that happened to the order or to the part that ``subject`` names."""

    at: datetime
    type: str
    subject: str
    actor_kind: str
    actor_id: str
    data: dict[str, Any]

    @classmethod
    def of(cls, entry: TimelineEntry) -> "TimelineEntryView":
        """Show an entry."""
        return cls(
            at=entry.at,
            type=entry.type,
            subject=entry.subject,
            actor_kind=entry.actor_kind,
            actor_id=entry.actor_id,
            data=dict(entry.data),
        )


class TimelineView(View):
    """What happened to an order, oldest first."""

    items: list[TimelineEntryView]


class DecisionView(View):
    """Why these locations: what was chosen, what it costs, and why not the others.

    `rule` names the rules of the strategy that held, joined by `+`; it is empty when none did.
    """

    id: str
    decided_at: datetime
    kind: str
    outcome: str
    strategy: str
    strategy_version: int
    rule: str
    total_cost: str
    explanation: dict[str, Any]

    @classmethod
    def of(cls, record: DecisionRecord) -> "DecisionView":
        """Show a decision as it was stored."""
        return cls(
            id=record.id,
            decided_at=record.decided_at,
            kind=record.kind,
            outcome=record.outcome.value,
            strategy=record.strategy,
            rule=record.rule,
            strategy_version=record.strategy_version,
            total_cost=str(record.total_cost),
            explanation=record.body,
        )


class DecisionsView(View):
    """Why the order's locations were chosen, oldest decision first."""

    items: list[DecisionView]


def _money(money: Money) -> MoneyView:
    return MoneyView.of(money)


def _pickup_codes(page: OrderPage) -> dict[str, str]:
    return {
        to_public(FULFILMENT_PREFIX, part.fulfilment.id): part.fulfilment.pickup_code
        for part in page.parts
        if part.fulfilment.pickup_code
    }

"""Writes of orders: set-based, inside the caller's transaction.

Whoever changes an order that exists locks it first (``lock_orders``), before its fulfilment orders
and before any stock position: see the README for the order of locks.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.database.statements import execute, fetch_all
from chaland.kernel.actor import Actor
from chaland.kernel.errors import ConflictError, NotFoundError
from chaland.kernel.events import DomainEvent
from chaland.kernel.ids import to_public
from chaland.orders import rules
from chaland.orders.events import EVENT_OF_ACTION, OrderLinesCancelled
from chaland.orders.types import (
    LINE_PREFIX,
    ORDER_PREFIX,
    LineCancellation,
    LineProgress,
    LockedOrder,
    OrderDraft,
    OrderProgress,
    OrderState,
)
from chaland.outbox.operations import publish

_FORGET = """
UPDATE orders_order
SET note = '', destination_latitude = round(destination_latitude::numeric, 1)::float8,
    destination_longitude = round(destination_longitude::numeric, 1)::float8, version = version + 1
WHERE customer_id = ANY(%s::uuid[])
"""

_INSERT = """
WITH won AS (
  INSERT INTO orders_order (
    id, channel_id, external_id, content_hash, customer_id, customer_address, currency, placed_at,
    received_at, state, method, destination_country, destination_postal_code, destination_latitude,
    destination_longitude, service_code, pickup_location_id, total_amount, shipping_amount,
    promise_earliest, promise_latest, promise_confidence, promise_basis, note, tags,
    organisation_ids, cancelled_reason, version)
  SELECT id, channel_id, external_id, content_hash, customer_id, customer_address, currency,
    placed_at, %s, 'open', method, country, postal_code, latitude,
    longitude, service_code, pickup_location_id, total_amount, shipping_amount,
    promise_earliest, promise_latest, promise_confidence, promise_basis, note,
    string_to_array(tags, E'\\x1f'), string_to_array(organisation_ids, ',')::int[], '', 1
  FROM unnest(%s::uuid[], %s::int[], %s::text[], %s::bytea[], %s::uuid[], %s::smallint[],
    %s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::float8[],
    %s::float8[], %s::text[], %s::int[], %s::numeric[], %s::numeric[],
    %s::timestamptz[], %s::timestamptz[], %s::float8[], %s::text[], %s::text[], %s::text[],
    %s::text[])
    AS draft (id, channel_id, external_id, content_hash, customer_id, customer_address,
    currency, placed_at, method, country, postal_code, latitude,
    longitude, service_code, pickup_location_id, total_amount, shipping_amount,
    promise_earliest, promise_latest, promise_confidence, promise_basis, note, tags,
    organisation_ids)
  ON CONFLICT (channel_id, external_id) DO NOTHING
  RETURNING id
), lines AS (
  INSERT INTO orders_line (
    id, order_id, line_no, external_line_id, sku_id, sku_code, description, quantity,
    cancelled, shipped, unit_price)
  SELECT line.id, line.order_id, line_no, external_line_id, sku_id, sku_code, description, quantity,
    0, 0, unit_price
  FROM unnest(%s::uuid[], %s::uuid[], %s::int[], %s::text[], %s::int[], %s::text[],
    %s::text[], %s::int[], %s::numeric[])
    AS line (id, order_id, line_no, external_line_id, sku_id, sku_code, description, quantity,
    unit_price)
  JOIN won ON won.id = line.order_id
)
SELECT id FROM won
"""

TAG_SEPARATOR = "\x1f"


def insert_orders(*, drafts: Sequence[OrderDraft], now: datetime) -> set[UUID]:
    """Insert orders and their lines by one statement; return the ids of those that were inserted.

    A draft whose (channel, external id) exists already, even if a concurrent transaction has just
    inserted it, is left out, with its lines. Publishes nothing and writes no audit entry: whoever
    places orders tells the world about order, decision and fulfilment orders in one statement.
    """
    if not drafts:
        return set()
    columns = zip(*map(_order_row, drafts), strict=True)
    lines = zip(
        *(
            (
                line.line_id,
                draft.order_id,
                line.line_no,
                line.external_line_id,
                line.sku_id,
                line.sku_code,
                line.description,
                line.quantity,
                line.unit_price,
            )
            for draft in drafts
            for line in draft.lines
        ),
        strict=True,
    )
    params = [now, *map(list, columns), *map(list, lines)]
    return {row[0] for row in fetch_all(_INSERT, params, prepare=True)}


def _order_row(draft: OrderDraft) -> tuple[object, ...]:
    return (
        draft.order_id,
        draft.channel_id,
        draft.external_id,
        draft.content_hash,
        draft.customer_id,
        draft.customer_address,
        draft.currency,
        draft.placed_at,
        draft.method.value,
        draft.destination_country,
        draft.destination_postal_code,
        draft.destination_latitude,
        draft.destination_longitude,
        draft.service_code,
        draft.pickup_location_id,
        draft.total_amount,
        draft.shipping_amount,
        draft.promise_earliest,
        draft.promise_latest,
        draft.promise_confidence,
        draft.promise_basis,
        draft.note,
        TAG_SEPARATOR.join(draft.tags),
        None if draft.organisation_ids is None else ",".join(map(str, draft.organisation_ids)),
    )


def forget_customers(*, customer_ids: Collection[UUID]) -> int:
    """Empty the notes of people's orders and blur where they live to about ten kilometres.

    For the erasure of a person; country, postal code and amounts stay. Returns how many orders.
    """
    return execute(_FORGET, [list(customer_ids)])


def lock_orders(order_ids: Collection[UUID]) -> dict[UUID, LockedOrder]:
    """Lock orders in the order of their ids, until the transaction ends.

    Raises NotFoundError for an id that no order has.
    """
    wanted = sorted(set(order_ids))
    rows = fetch_all(
        "SELECT id, state, version FROM orders_order WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
        [wanted],
    )
    locked = {row[0]: LockedOrder(row[0], OrderState(row[1]), row[2]) for row in rows}
    for order_id in wanted:
        if order_id not in locked:
            raise NotFoundError("order", to_public(ORDER_PREFIX, order_id))
    return locked


def cancel_quantities(
    *,
    cancellations: Sequence[LineCancellation],
    reason: str,
    now: datetime,
    actor: Actor,
) -> None:
    """Write units off their lines, and tell so; the orders are locked already.

    The state of the orders is left to ``apply_progress``, which the caller runs when the sites'
    part is done. Raises ConflictError ``not_cancellable`` when a line has fewer units left than are
    cancelled.
    """
    wanted: dict[UUID, int] = defaultdict(int)
    for item in cancellations:
        wanted[item.order_line_id] += item.quantity
    rows = fetch_all(
        "UPDATE orders_line AS line SET cancelled = line.cancelled + gone.quantity"
        " FROM unnest(%s::uuid[], %s::int[]) AS gone (id, quantity)"
        " WHERE line.id = gone.id AND gone.quantity > 0"
        " AND line.cancelled + line.shipped + gone.quantity <= line.quantity"
        " RETURNING line.order_id, line.id, line.sku_code, gone.quantity",
        [list(wanted), list(wanted.values())],
    )
    if len(rows) != len(wanted):
        missing = sorted(set(wanted) - {row[1] for row in rows})
        raise ConflictError(
            "not_cancellable",
            "A line has fewer units left than you want to cancel.",
            fix="Read the order again and cancel no more than each line's remaining quantity.",
            lines=[to_public(LINE_PREFIX, line_id) for line_id in missing],
        )
    by_order: dict[UUID, list[dict[str, object]]] = defaultdict(list)
    for order_id, line_id, sku_code, quantity in rows:
        line = {"line": to_public(LINE_PREFIX, line_id), "sku": sku_code, "quantity": quantity}
        by_order[order_id].append(line)
    external_ids = _touch(list(by_order), cancelled_reason=reason)
    _tell_lines_cancelled(by_order, external_ids, reason=reason, now=now, actor=actor)


def _touch(order_ids: list[UUID], *, cancelled_reason: str) -> dict[UUID, str]:
    rows = fetch_all(
        "UPDATE orders_order SET version = version + 1, cancelled_reason = %s"
        " WHERE id = ANY(%s) RETURNING id, external_id",
        [cancelled_reason, order_ids],
    )
    return dict(rows)


def _tell_lines_cancelled(
    by_order: Mapping[UUID, list[dict[str, object]]],
    external_ids: Mapping[UUID, str],
    *,
    reason: str,
    now: datetime,
    actor: Actor,
) -> None:
    events: list[DomainEvent] = []
    audit: list[AuditFact] = []
    for order_id, lines in by_order.items():
        public = to_public(ORDER_PREFIX, order_id)
        events.append(
            OrderLinesCancelled(
                occurred_at=now,
                stream=public,
                subject=public,
                external_id=external_ids[order_id],
                reason=reason,
                lines=lines,
            )
        )
        audit.append(
            AuditFact(
                actor=actor,
                action="order.cancel_lines",
                entity_type="order",
                entity_id=public,
                before=None,
                after={"cancelled": lines},
                reason=reason,
                at=now,
            )
        )
    publish(events, actor=actor)
    record_audit(audit)


def apply_progress(
    *, progress: Sequence[OrderProgress], now: datetime, actor: Actor
) -> dict[UUID, OrderState]:
    """Bring orders, locked already, to the state that the sites' facts call for; return the states.

    Facts are totals, so repeating them changes nothing. Lines that no site ever had count as having
    nowhere to come from.
    """
    orders = _with_lines([item.order_id for item in progress])
    shipped: list[tuple[UUID, int]] = []
    moves: list[tuple[_OrderRow, OrderState, str]] = []
    states: dict[UUID, OrderState] = {}
    for item in progress:
        order = orders[item.order_id]
        facts = [_line_facts(line, item.lines.get(line.id)) for line in order.lines]
        shipped.extend(
            (line.id, fact.shipped)
            for line, fact in zip(order.lines, facts, strict=True)
            if line.shipped != fact.shipped
        )
        wanted = rules.state_of(facts, started=item.started, under_way=item.under_way)
        states[order.id] = wanted
        action = rules.action_towards(order.state, wanted)
        if action is not None:
            moves.append((order, wanted, action))
    _write_shipped(shipped)
    _write_states(moves)
    _tell_moves(moves, now=now, actor=actor)
    return states


class _LineRow:
    __slots__ = ("cancelled", "id", "quantity", "shipped")

    def __init__(self, line_id: UUID, quantity: int, cancelled: int, shipped: int) -> None:
        self.id, self.quantity, self.cancelled, self.shipped = (
            line_id,
            quantity,
            cancelled,
            shipped,
        )


class _OrderRow:
    __slots__ = ("external_id", "id", "lines", "reason", "state")

    def __init__(self, order_id: UUID, state: str, external_id: str, reason: str) -> None:
        self.id = order_id
        self.state = OrderState(state)
        self.external_id = external_id
        self.reason = reason
        self.lines: list[_LineRow] = []


def _with_lines(order_ids: Sequence[UUID]) -> dict[UUID, _OrderRow]:
    rows = fetch_all(
        "SELECT o.id, o.state, o.external_id, o.cancelled_reason,"
        " l.id, l.quantity, l.cancelled, l.shipped"
        " FROM orders_order o JOIN orders_line l ON l.order_id = o.id"
        " WHERE o.id = ANY(%s) ORDER BY o.id, l.line_no",
        [list(order_ids)],
    )
    orders: dict[UUID, _OrderRow] = {}
    for row in rows:
        order = orders.get(row[0])
        if order is None:
            order = orders[row[0]] = _OrderRow(*row[:4])
        order.lines.append(_LineRow(*row[4:]))
    return orders


def _line_facts(line: _LineRow, progress: LineProgress | None) -> rules.LineFacts:
    return rules.LineFacts(
        quantity=line.quantity,
        cancelled=line.cancelled,
        planned=progress.planned if progress else 0,
        shipped=progress.shipped if progress else 0,
    )


def _write_shipped(changes: Sequence[tuple[UUID, int]]) -> None:
    if changes:
        execute(
            "UPDATE orders_line AS line SET shipped = fact.shipped"
            " FROM unnest(%s::uuid[], %s::int[]) AS fact (id, shipped) WHERE line.id = fact.id",
            [[line_id for line_id, _ in changes], [units for _, units in changes]],
        )


def _write_states(moves: Sequence[tuple[_OrderRow, OrderState, str]]) -> None:
    if moves:
        execute(
            "UPDATE orders_order AS o SET state = moved.state, version = version + 1"
            " FROM unnest(%s::uuid[], %s::text[]) AS moved (id, state) WHERE o.id = moved.id",
            [[order.id for order, _, _ in moves], [state.value for _, state, _ in moves]],
        )


def _tell_moves(
    moves: Sequence[tuple[_OrderRow, OrderState, str]], *, now: datetime, actor: Actor
) -> None:
    events: list[DomainEvent] = []
    audit: list[AuditFact] = []
    for order, state, action in moves:
        public = to_public(ORDER_PREFIX, order.id)
        reason = order.reason if action == "cancel" else ""
        events.append(
            EVENT_OF_ACTION[action](
                occurred_at=now,
                stream=public,
                subject=public,
                external_id=order.external_id,
                state=state.value,
                previous_state=order.state.value,
                reason=reason,
            )
        )
        audit.append(
            AuditFact(
                actor=actor,
                action=f"order.{action}",
                entity_type="order",
                entity_id=public,
                before={"state": order.state.value},
                after={"state": state.value},
                reason=reason,
                at=now,
            )
        )
    if events:
        publish(events, actor=actor)
        record_audit(audit)

"""What is written about orders, and what the database refuses."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from chaland.database.statements import execute, fetch_all, fetch_one
from chaland.kernel.actor import SYSTEM
from chaland.kernel.errors import ConflictError, NotFoundError
from chaland.kernel.ids import new_uuid, to_public
from chaland.network.queries import snapshot
from chaland.orders import operations as orders
from chaland.orders import queries
from chaland.orders.queries import Meaning, OrderFilter
from chaland.orders.types import (
    LineCancellation,
    LineProgress,
    OrderMethod,
    OrderProgress,
    OrderState,
)
from tests.orders.conftest import Desk


def progress(
    order_id: UUID,
    lines: dict[UUID, tuple[int, int]],
    *,
    started: bool = True,
    under_way: bool = False,
) -> OrderProgress:
    """Tell of (planned, shipped) units by line."""
    told = {line: LineProgress(planned, shipped) for line, (planned, shipped) in lines.items()}
    return OrderProgress(order_id=order_id, started=started, under_way=under_way, lines=told)


def test_what_goes_in_is_what_is_read(desk: Desk) -> None:
    draft = desk.insert(
        2, 3, tags=("vip", "a,b", 'quo"te'), note="ring twice", organisation_ids=(1,)
    )
    order = queries.order_view(draft.order_id)
    assert order is not None
    same = set(order.__slots__) & set(draft.__slots__)
    assert {name: getattr(order, name) for name in same} == {
        name: getattr(draft, name) for name in same
    }
    assert (order.state, order.version, order.received_at) == (OrderState.OPEN, 1, desk.now)
    lines = queries.lines_of([draft.order_id])[draft.order_id]
    assert [(line.id, line.line_no, line.quantity) for line in lines] == [
        (line.line_id, line.line_no, line.quantity) for line in draft.lines
    ]
    plain = queries.order_view(desk.insert().order_id)
    assert plain is not None
    assert (plain.tags, plain.organisation_ids) == ((), None)


def test_of_two_with_one_number_the_first_is_inserted_with_its_lines(desk: Desk) -> None:
    first, second = desk.draft(1, external_id="SAME"), desk.draft(1, 1, external_id="SAME")
    assert orders.insert_orders(drafts=[first, second], now=desk.now) == {first.order_id}
    assert orders.insert_orders(drafts=[second], now=desk.now) == set()
    assert fetch_one("SELECT count(*) FROM orders_line") == (1,)
    key = (first.channel_id, "SAME")
    found = queries.existing([key, (first.channel_id, "OTHER")])
    assert {known: item.id for known, item in found.items()} == {key: first.order_id}
    assert found[key].content_hash == first.content_hash
    assert orders.insert_orders(drafts=[], now=desk.now) == set()
    assert queries.existing([]) == {}


def test_a_batch_keeps_every_line_with_its_order(desk: Desk) -> None:
    drafts = [desk.draft(1, 2, 3) for _ in range(64)]
    assert len(orders.insert_orders(drafts=drafts, now=desk.now)) == 64
    assert fetch_one("SELECT count(*), sum(quantity)::int FROM orders_line") == (192, 384)


def test_progress_moves_the_order_and_repeating_it_changes_nothing(desk: Desk) -> None:
    draft = desk.insert(2)
    line = draft.lines[0].line_id
    told = progress(draft.order_id, {line: (1, 1)}, under_way=True)
    for _ in range(2):
        states = orders.apply_progress(progress=[told], now=desk.now, actor=SYSTEM)
        assert states == {draft.order_id: OrderState.IN_PROGRESS}
    order = queries.order_view(draft.order_id)
    assert order is not None
    assert (order.state, order.version) == (OrderState.IN_PROGRESS, 2)
    assert queries.lines_of([order.id])[order.id][0].shipped == 1
    events = fetch_all(
        "SELECT type FROM outbox_event WHERE stream = %s", [to_public("ord", order.id)]
    )
    assert events == [("order.started",)]
    assert fetch_one("SELECT count(*) FROM access_audit_entry WHERE action = 'order.start'") == (1,)


def test_a_line_that_no_site_ever_had_blocks_the_order(desk: Desk) -> None:
    draft = desk.insert(1, 1)
    told = progress(draft.order_id, {draft.lines[0].line_id: (1, 0)})
    states = orders.apply_progress(progress=[told], now=desk.now, actor=SYSTEM)
    assert states == {draft.order_id: OrderState.BLOCKED}


def test_many_orders_are_brought_forward_together(desk: Desk) -> None:
    drafts = [desk.insert(1) for _ in range(5)]
    told = [
        progress(draft.order_id, {draft.lines[0].line_id: (0, 1)}, under_way=index % 2 == 0)
        for index, draft in enumerate(drafts)
    ]
    started = [progress(item.order_id, dict.fromkeys(item.lines, (1, 0))) for item in told]
    orders.apply_progress(progress=started, now=desk.now, actor=SYSTEM)
    states = orders.apply_progress(progress=told, now=desk.now, actor=SYSTEM)
    assert [states[draft.order_id] for draft in drafts] == [
        OrderState.FULFILLED,
        OrderState.COMPLETED,
        OrderState.FULFILLED,
        OrderState.COMPLETED,
        OrderState.FULFILLED,
    ]


def test_no_more_units_are_cancelled_than_are_left(desk: Desk) -> None:
    draft = desk.insert(3)
    line = draft.lines[0].line_id

    def cancel(quantity: int) -> None:
        with transaction.atomic():
            orders.cancel_quantities(
                cancellations=[LineCancellation(line, quantity)],
                reason="test",
                now=desk.now,
                actor=SYSTEM,
            )

    cancel(2)
    for too_many in (2, 0, -1):
        with pytest.raises(ConflictError, match="not_cancellable"):
            cancel(too_many)
    cancel(1)
    (line_now,) = queries.lines_of([draft.order_id])[draft.order_id]
    assert (line_now.cancelled, line_now.remaining) == (3, 0)
    order = queries.order_view(draft.order_id)
    assert order is not None
    assert (order.cancelled_reason, order.version) == ("test", 3)


def test_the_same_line_named_twice_counts_twice(desk: Desk) -> None:
    draft = desk.insert(3)
    twice = [LineCancellation(draft.lines[0].line_id, 2)] * 2
    with pytest.raises(ConflictError, match="not_cancellable"), transaction.atomic():
        orders.cancel_quantities(cancellations=twice, reason="x", now=desk.now, actor=SYSTEM)


def test_locking_what_is_not_there_is_refused(desk: Desk) -> None:
    draft = desk.insert()
    assert set(orders.lock_orders([draft.order_id, draft.order_id])) == {draft.order_id}
    with pytest.raises(NotFoundError):
        orders.lock_orders([draft.order_id, new_uuid()])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE orders_line SET cancelled = 2, shipped = 2",
        "UPDATE orders_line SET cancelled = -1",
        "UPDATE orders_line SET quantity = 0",
        "UPDATE orders_line SET quantity = 1000001",
        "UPDATE orders_line SET unit_price = -1",
        "UPDATE orders_order SET state = 'lost'",
        "UPDATE orders_order SET method = 'drone'",
        "UPDATE orders_order SET method = 'pickup'",
        "UPDATE orders_order SET total_amount = -1",
    ],
)
def test_the_database_refuses_what_cannot_be(desk: Desk, statement: str) -> None:
    desk.insert(3)
    with pytest.raises(IntegrityError), transaction.atomic():
        execute(statement)


def test_search_narrows_by_each_field(desk: Desk) -> None:
    one = desk.insert(1)
    two = desk.insert(1, placed_at=desk.now - timedelta(days=2))
    three = replace(desk.draft(1), external_id="X-3")
    orders.insert_orders(drafts=[three], now=desk.now)

    def found(filters: OrderFilter, **page: object) -> list[UUID]:
        return [order.id for order in queries.search(filters, **page)]  # type: ignore[arg-type]

    everything = [three.order_id, two.order_id, one.order_id]
    assert found(OrderFilter()) == everything
    assert found(OrderFilter(), before=two.order_id) == [one.order_id]
    assert found(OrderFilter(), limit=1) == [three.order_id]
    assert found(OrderFilter(states=[OrderState.BLOCKED])) == []
    assert found(OrderFilter(method=OrderMethod.PICKUP)) == []
    assert found(OrderFilter(channel_ids=[-1])) == []
    assert found(OrderFilter(placed_to=desk.now)) == [two.order_id]
    assert found(OrderFilter(placed_from=desk.now)) == [three.order_id, one.order_id]


def test_a_text_means_a_number_or_a_person_or_an_order(desk: Desk) -> None:
    one, two = desk.insert(1), desk.insert(1, external_id="X-2")
    channels = [one.channel_id]

    def meant(text: str, **others: Any) -> list[UUID]:
        meaning = Meaning(external_id=text, channel_ids=channels, **others)
        return [order.id for order in queries.search(OrderFilter(meant=meaning))]

    assert meant("X-2") == [two.order_id]
    assert meant("x") == []
    assert meant("x", order_ids=[one.order_id]) == [one.order_id]
    assert meant("X-2", order_ids=[one.order_id]) == [two.order_id, one.order_id]
    assert meant("x", customer_ids=[desk.customer_id]) == [two.order_id, one.order_id]


def test_the_day_is_counted_by_method_and_currency(desk: Desk) -> None:
    desk.insert(2, 1)
    shop = snapshot().locations[0].id
    pickup = desk.insert(4, method=OrderMethod.PICKUP, pickup_location_id=shop)
    execute("UPDATE orders_order SET state = 'cancelled' WHERE id = %s", [pickup.order_id])
    day = timedelta(days=1)
    figures = queries.day_figures(since=desk.now - day, until=desk.now + day)
    assert [(item.method.value, item.orders, item.units, item.cancelled) for item in figures] == [
        ("pickup", 1, 4, 1),
        ("ship", 1, 3, 0),
    ]
    assert queries.day_figures(since=desk.now - 2 * day, until=desk.now - day) == []
    assert queries.count_by_state()[OrderState.CANCELLED] == 1
    assert queries.count_by_state()[OrderState.OPEN] == 1

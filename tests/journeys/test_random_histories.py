"""Whatever sites and customers do, in whatever order: states follow the table, units add up."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from chaland.database.statements import fetch_all
from chaland.fulfilment import queries as fulfilment_queries
from chaland.fulfilment.states import DROPPED, FULFILMENT_TRANSITIONS, GONE, ONLY_FOR
from chaland.fulfilment.types import (
    CollectRequest,
    DeliverRequest,
    FulfilmentState,
    FulfilmentView,
    PackedLine,
    PackRequest,
    ParcelDraft,
    PickedLine,
    PickRequest,
    RefusalReason,
    RefuseRequest,
    ShipRequest,
)
from chaland.journeys import cancel_order as cancelling
from chaland.journeys import refuse_fulfilment as refusing
from chaland.journeys import site_work
from chaland.journeys.cancel_order import UnitsToCancel
from chaland.journeys.order_page import OrderPage, order_page
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM
from chaland.kernel.errors import ConflictError
from chaland.kernel.ids import from_public, new_uuid
from chaland.orders.states import ORDER_TRANSITIONS
from chaland.orders.types import OrderState
from tests.journeys.conftest import Build

STOCK = {
    "LAMP": {"WH": 4000, "SHOP-LYON": 4000, "SHOP-PARIS": 4000},
    "CHAIR": {"WH": 4000, "SHOP-LYON": 4000},
    "VASE": {"SHOP-LYON": 4000, "SHOP-LILLE": 4000},
}
STEPS = 12
NOW = clock.now()
ACTIONS = sorted({item.action for item in FULFILMENT_TRANSITIONS.transitions})


def pick(work: FulfilmentView, data: st.DataObject) -> None:
    lines = fulfilment_queries.lines_of([work.id])[work.id]
    found = [PickedLine(line.id, data.draw(st.integers(0, line.to_give))) for line in lines]
    some: bool = data.draw(st.booleans())
    request = PickRequest(fulfilment_id=work.id, lines=tuple(found) if some else ())
    refusing.pick_fulfilment(request=request, now=NOW, actor=SYSTEM)


def refuse(work: FulfilmentView, data: st.DataObject) -> None:
    lines = [line for line in fulfilment_queries.lines_of([work.id])[work.id] if line.to_give]
    part = None
    in_part: bool = data.draw(st.booleans())
    if lines and in_part:
        line = data.draw(st.sampled_from(lines))
        part = (PackedLine(line.id, data.draw(st.integers(1, line.to_give))),)
    reason = data.draw(st.sampled_from(RefusalReason))
    request = RefuseRequest(fulfilment_id=work.id, reason=reason, lines=part)
    refusing.refuse_fulfilment(request=request, now=NOW, actor=SYSTEM)


def pack(work: FulfilmentView, _: st.DataObject) -> None:
    parcels = (ParcelDraft(parcel_id=new_uuid()),)
    site_work.pack(
        request=PackRequest(fulfilment_id=work.id, parcels=parcels), now=NOW, actor=SYSTEM
    )


def deliver(work: FulfilmentView, _: st.DataObject) -> None:
    request = DeliverRequest(fulfilment_id=work.id, at=NOW)
    site_work.deliver(request=request, now=NOW, actor=SYSTEM)


def collect(work: FulfilmentView, _: st.DataObject) -> None:
    request = CollectRequest(fulfilment_id=work.id, code=work.pickup_code)
    site_work.collect(request=request, now=NOW, actor=SYSTEM)


Step = Callable[[FulfilmentView, st.DataObject], None]
DO: dict[str, Step] = {
    "release": lambda work, _: site_work.release(fulfilment_ids=[work.id], now=NOW, actor=SYSTEM),
    "accept": lambda work, _: site_work.accept(fulfilment_ids=[work.id], now=NOW, actor=SYSTEM),
    "ready": lambda work, _: site_work.make_ready(fulfilment_id=work.id, now=NOW, actor=SYSTEM),
    "ship": lambda work, _: site_work.ship(
        request=ShipRequest(fulfilment_id=work.id), now=NOW, actor=SYSTEM
    ),
    "cancel": lambda work, _: cancelling.cancel_fulfilment(
        fulfilment_id=work.id, reason="test", now=NOW, actor=SYSTEM
    ),
    "pick": pick,
    "refuse": refuse,
    "pack": pack,
    "deliver": deliver,
    "collect": collect,
}


def site_step(page: OrderPage, data: st.DataObject) -> None:
    """Do something at a site, possible or not; the table foresees what becomes of it."""
    before = data.draw(st.sampled_from(page.parts)).fulfilment
    # Mostly what is possible: histories must get somewhere.
    possible = [name for name in ACTIONS if name in fulfilment_queries.actions_of(before)]
    action = data.draw(st.sampled_from(possible * 4 + ACTIONS))
    allowed = action in FULFILMENT_TRANSITIONS.actions(before.state) and (
        ONLY_FOR.get(action, before.method) == before.method
    )
    if not allowed:
        with pytest.raises(ConflictError, match="illegal_transition"):
            DO[action](before, data)
        assert fulfilment_queries.by_id([before.id])[before.id] == before
        return
    DO[action](before, data)
    after = fulfilment_queries.by_id([before.id])[before.id]
    assert after.version > before.version
    target = FULFILMENT_TRANSITIONS.target(before.state, action)
    kept_some = action == "refuse" and after.state == before.state
    found_none = action == "pick" and after.state is FulfilmentState.REFUSED
    assert after.state == target or kept_some or found_none


def customer_step(page: OrderPage, data: st.DataObject) -> None:
    """Cancel all of the order, or some units of a line."""
    line = data.draw(st.sampled_from(page.lines))
    most = line.cancellable + 1
    units = [UnitsToCancel(line.line.id, data.draw(st.integers(1, most)))]
    if data.draw(st.integers(0, 4)):
        with suppress(ConflictError):  # too many of them, or some are in a closed parcel
            cancel(page, units)
    else:
        with suppress(ConflictError):  # something has left
            cancel(page, None)


def cancel(page: OrderPage, units: list[UnitsToCancel] | None) -> None:
    cancelling.cancel_order(
        order_id=page.order.id, reason="test", units=units, now=NOW, actor=SYSTEM
    )


def check(page: OrderPage, previous: OrderPage) -> None:
    """Prove what must hold at every moment."""
    state, before = page.order.state, previous.order.state
    actions = ORDER_TRANSITIONS.actions(before)
    assert state in {before, *(ORDER_TRANSITIONS.target(before, action) for action in actions)}
    for line in page.lines:
        sold = line.line
        assert sold.quantity == sold.cancelled + sold.shipped + line.waiting + line.unplaced
    assert (state is OrderState.BLOCKED) == any(line.unplaced for line in page.lines)
    check_reservations(page)
    check_new_sites(page, previous)


def check_reservations(page: OrderPage) -> None:
    """What sites still have to give is reserved for it, and nothing else is."""
    held: dict[UUID, int] = {}
    for part in page.parts:
        waits = part.fulfilment.state not in GONE | DROPPED
        for line in part.lines:
            held[line.reservation_id] = line.to_give if waits else 0
    rows = fetch_all(
        "SELECT id, quantity - issued - released FROM inventory_reservation WHERE order_id = %s",
        [page.order.id],
    )
    assert dict(rows) == held


def check_new_sites(page: OrderPage, previous: OrderPage) -> None:
    """A site that gave units of a line back is not asked for that line again."""
    known = {part.fulfilment.id for part in previous.parts}
    refused = {
        (line.order_line_id, part.location.id)
        for part in page.parts
        for line in part.lines
        if part.fulfilment.id in known and line.refused
    }
    for part in page.parts:
        if part.fulfilment.id not in known:
            asked = {(line.order_line_id, part.location.id) for line in part.lines}
            assert not asked & refused


@pytest.mark.parametrize("pickup", [False, True])
def test_any_history_keeps_the_books(build_retailer: Build, *, pickup: bool) -> None:
    retailer = build_retailer(STOCK)
    delivery: dict[str, Any] = (
        {"delivery": {"method": "pickup", "location": "SHOP-LYON"}} if pickup else {}
    )

    @settings(
        max_examples=12,
        # Without shrinking: the steps of a history are few, and each costs transactions.
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(data=st.data())
    def history(data: st.DataObject) -> None:
        units = data.draw(
            st.dictionaries(
                st.sampled_from(["LAMP", "VASE", "CORNER"]), st.integers(1, 3), min_size=1
            )
        )
        order_id = from_public("ord", retailer.place(units, **delivery)["id"])
        page = order_page(order_id=order_id, actor=SYSTEM)
        for _ in range(STEPS):
            step = data.draw(st.sampled_from([site_step] * 5 + [customer_step]))
            step(page, data)
            previous, page = page, order_page(order_id=order_id, actor=SYSTEM)
            check(page, previous)
        event(page.order.state.value)

    history()
    retailer.assert_stock_is_true()

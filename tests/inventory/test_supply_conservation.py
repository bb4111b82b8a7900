"""Goods on their way are conserved: whatever is announced, sent, lost or received, in any order."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from chaland.catalog.models import Sku
from chaland.inventory.models import Position
from chaland.inventory.operations import (
    adjust,
    announce_supply,
    cancel_supply,
    dispatch_transfers,
    issue,
    receive_supply,
    reserve,
)
from chaland.inventory.queries import expected_supply, supply_by_id, verify
from chaland.inventory.types import (
    Adjustment,
    InsufficientStockError,
    IssueRequest,
    MovementKind,
    SupplyCancellation,
    SupplyDraft,
    SupplyKind,
    SupplyReceipt,
    TransferDispatch,
)
from chaland.kernel.actor import SYSTEM
from chaland.kernel.ids import new_uuid
from tests.inventory.conftest import NOW, Retailer, request_for

places = st.integers(0, 2)
units = st.integers(1, 6)
LATER = NOW + timedelta(days=3)


@dataclass
class Line:
    """A supply line, in a model that is too simple to be wrong."""

    transfer: bool
    origin: int
    target: int
    quantity: int
    reference: str
    left: bool
    received: int = 0
    cancelled: int = 0
    lost: int = 0

    @property
    def open(self) -> int:
        """Units that are still to come."""
        return max(0, self.quantity - self.received - self.cancelled - self.lost)

    @property
    def coming(self) -> int:
        """Units that the destination expects."""
        return self.open if self.left else 0


class Transit(RuleBasedStateMachine):
    """One SKU at three locations, with supply lines between them and from outside."""

    retailer: Retailer
    lines: Bundle[UUID] = Bundle("lines")

    @initialize()
    def new_sku(self) -> None:
        """Each example has a SKU of its own, because the ledger of the last one stays."""
        sku = Sku.objects.create(code=str(new_uuid()), name="x", weight_grams=1, search_text="x")
        self.sku = sku.id
        self.on_hand = [0, 0, 0]
        self.reserved = [0, 0, 0]
        self.damaged = [0, 0, 0]
        self.reported = [0, 0, 0]
        self.model: dict[UUID, Line] = {}
        self.born = 0
        self.now = NOW + timedelta(hours=1)
        self.counted = [NOW - timedelta(hours=1)] * 3

    def _available(self, place: int) -> int:
        return self.on_hand[place] - self.reserved[place] - self.damaged[place]

    def _draft(self, line: Line, quantity: int) -> SupplyDraft:
        return SupplyDraft(
            source="erp",
            reference=line.reference,
            line="1",
            kind=SupplyKind.TRANSFER if line.transfer else SupplyKind.PURCHASE,
            sku_id=self.sku,
            destination_id=self.retailer.locations[line.target],
            origin_id=self.retailer.locations[line.origin] if line.transfer else None,
            quantity=quantity,
            expected_at=LATER,
        )

    @rule(place=places, delta=st.integers(-4, 9), expected=st.integers(-3, 3))
    def report(self, place: int, delta: int, expected: int) -> None:
        """Somebody reports a difference, of what is there and of what is expected."""
        item = Adjustment(
            sku_id=self.sku,
            location_id=self.retailer.locations[place],
            kind=MovementKind.ADJUSTMENT,
            source="test",
            occurred_at=self.now,
            on_hand_delta=delta,
            incoming_delta=expected,
        )
        with transaction.atomic():
            (outcome,) = adjust(adjustments=[item], now=self.now, actor=SYSTEM)
        allowed = (
            (delta != 0 or expected != 0)
            and self._available(place) + delta >= 0
            and self.reported[place] + expected >= 0
        )
        assert (outcome.status == "applied") == allowed
        if allowed:
            self.on_hand[place] += delta
            self.reported[place] += expected
            self.born += delta

    @rule(place=places, counted=st.integers(0, 12))
    def count(self, place: int, counted: int) -> None:
        """Somebody counts; what is told of the time before from now on is held by the count."""
        self.now += timedelta(minutes=1)
        item = Adjustment(
            sku_id=self.sku,
            location_id=self.retailer.locations[place],
            kind=MovementKind.COUNT,
            source="test",
            occurred_at=self.now,
            on_hand=counted,
        )
        with transaction.atomic():
            (outcome,) = adjust(adjustments=[item], now=self.now, actor=SYSTEM)
        allowed = counted >= self.reserved[place] + self.damaged[place]
        assert (outcome.status == "applied") == allowed
        if allowed:
            self.born += counted - self.on_hand[place]
            self.on_hand[place] = counted
            self.counted[place] = self.now

    @rule(place=places, quantity=units)
    def sell(self, place: int, quantity: int) -> None:
        """Units are reserved, and half of the time leave."""
        wanted = request_for(self.sku, self.retailer.locations[place], quantity)
        try:
            with transaction.atomic():
                reserve(requests=[wanted], now=self.now, actor=SYSTEM)
                if quantity % 2:
                    issue(issues=[IssueRequest(wanted.reservation_id)], now=self.now, actor=SYSTEM)
        except InsufficientStockError:
            assert self._available(place) < quantity
            return
        assert self._available(place) >= quantity
        if quantity % 2:
            self.on_hand[place] -= quantity
            self.born -= quantity
        else:
            self.reserved[place] += quantity

    @rule(target=lines, transfer=st.booleans(), origin=places, to=places, quantity=units)
    def announce(self, origin: int, to: int, quantity: int, *, transfer: bool) -> Any:
        """A purchase or a transfer is announced, twice: the second time says nothing new."""
        line = Line(transfer, origin, to, quantity, str(new_uuid()), left=not transfer)
        drafts = [self._draft(line, quantity)] * 2
        with transaction.atomic():
            first, again = announce_supply(drafts=drafts, now=self.now, actor=SYSTEM)
        if transfer and origin == to:
            assert (first.status, again.status) == ("rejected", "rejected")
            return multiple()
        assert (first.status, again.status) == ("created", "unchanged")
        assert first.supply_id
        self.model[first.supply_id] = line
        return first.supply_id

    @rule(target=lines, key=consumes(lines), quantity=units)
    def change(self, key: UUID, quantity: int) -> UUID:
        """The purchasing system has another quantity."""
        line = self.model[key]
        with transaction.atomic():
            (outcome,) = announce_supply(
                drafts=[self._draft(line, quantity)], now=self.now, actor=SYSTEM
            )
        if quantity == line.quantity:
            assert outcome.status == "unchanged"
            return key
        allowed = (
            line.open > 0
            and not (line.transfer and line.left)
            and quantity >= line.received + line.cancelled
        )
        assert (outcome.status == "updated") == allowed
        if allowed:
            line.quantity = quantity
        return key

    @rule(target=lines, key=consumes(lines), quantity=st.none() | units)
    def cancel(self, key: UUID, quantity: int | None) -> UUID:
        """Units are called off."""
        line = self.model[key]
        with transaction.atomic():
            (outcome,) = cancel_supply(
                cancellations=[SupplyCancellation(key, quantity)], now=self.now, actor=SYSTEM
            )
        wanted = line.open if quantity is None else quantity
        allowed = 0 < wanted <= line.open and not (line.transfer and line.left)
        assert (outcome.status == "updated") == allowed
        if allowed:
            line.cancelled += wanted
        return key

    @rule(target=lines, key=consumes(lines), quantity=st.none() | units, late=st.booleans())
    def dispatch(self, key: UUID, quantity: int | None, *, late: bool) -> UUID:
        """A transfer leaves; sometimes that is told late, and a count has missed the units."""
        line = self.model[key]
        moment = NOW if late else self.now
        held = moment < self.counted[line.origin]
        with transaction.atomic():
            (outcome,) = dispatch_transfers(
                dispatches=[TransferDispatch(key, moment, quantity)], now=self.now, actor=SYSTEM
            )
        leaving = line.open if quantity is None else quantity
        allowed = (
            line.transfer
            and not line.left
            and 0 < leaving <= line.open
            and (held or leaving <= self._available(line.origin))
        )
        assert (outcome.status == "updated") == allowed
        if allowed:
            line.cancelled += line.open - leaving
            line.left = True
            if held:
                self.born += leaving
            else:
                self.on_hand[line.origin] -= leaving
        return key

    @rule(
        target=lines,
        key=consumes(lines),
        quantity=st.integers(0, 7),
        damaged=st.integers(0, 2),
        close=st.booleans(),
        rollback=st.booleans(),
        late=st.booleans(),
    )
    def receive(
        self, key: UUID, quantity: int, damaged: int, *, close: bool, rollback: bool, late: bool
    ) -> UUID:
        """Goods arrive, twice the same message; sometimes the transaction is given up."""
        line = self.model[key]
        moment = NOW if late else self.now
        held = moment < self.counted[line.target]
        receipt = SupplyReceipt(
            supply_id=key,
            quantity=quantity,
            damaged=damaged,
            close=close,
            occurred_at=moment,
            source_ref=str(new_uuid()),
        )
        with transaction.atomic():
            first, again = receive_supply(receipts=[receipt] * 2, now=self.now, actor=SYSTEM)
            transaction.set_rollback(rollback)
        allowed = (
            line.left
            and line.open > 0
            and damaged <= quantity
            and (quantity > 0 or close)
            and not (line.transfer and quantity > line.open)
            and not (held and damaged > self._available(line.target))
        )
        assert (first.status == "updated") == allowed
        if allowed and quantity:
            assert again.status == "duplicate"
        if not allowed or rollback:
            return key
        if held:
            self.born -= quantity
        else:
            self.on_hand[line.target] += quantity
        self.damaged[line.target] += damaged
        line.received += quantity
        if not line.transfer:
            self.born += quantity
        if close and line.transfer:
            self.born -= line.open
            line.lost += line.open
        elif close:
            line.cancelled += line.open
        return key

    @invariant()
    def no_unit_is_in_two_places(self) -> None:
        """Positions are the model's; what is on shelves and in transit is what was ever born."""
        if not hasattr(self, "model"):
            return
        coming = [0, 0, 0]
        for line in self.model.values():
            coming[line.target] += line.coming
        rows = {
            row.location_id: (row.on_hand, row.reserved, row.unavailable, row.incoming)
            for row in Position.objects.filter(sku_id=self.sku)
        }
        for place, location in enumerate(self.retailer.locations):
            assert rows.get(location, (0, 0, 0, 0)) == (
                self.on_hand[place],
                self.reserved[place],
                self.damaged[place],
                self.reported[place] + coming[place],
            )
        transit = sum(line.coming for line in self.model.values() if line.transfer)
        assert sum(row[0] for row in rows.values()) + transit == self.born
        found = expected_supply([self.sku], None, LATER)
        assert {(item.supply_id, item.quantity) for item in found} == {
            (key, line.coming) for key, line in self.model.items() if line.coming
        }

    def teardown(self) -> None:
        """At the end of each example, the whole proof."""
        report = verify()
        assert report.clean, [check for check in report.checks if check.broken]
        views = supply_by_id(list(getattr(self, "model", {})), now=self.now)
        assert {key: view.open for key, view in views.items()} == {
            key: line.open for key, line in getattr(self, "model", {}).items()
        }


@pytest.mark.django_db(transaction=True)
def test_goods_on_their_way_are_conserved(retailer: Retailer) -> None:
    machine = type("TransitOfThisRun", (Transit,), {"retailer": retailer})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

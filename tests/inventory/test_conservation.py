"""Whatever is done in whatever order, stock is conserved: a model beside the real database."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
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
from chaland.inventory.operations import adjust, block, issue, release, reserve
from chaland.inventory.queries import availability_matrix, verify
from chaland.inventory.types import (
    Adjustment,
    BlockRequest,
    InsufficientStockError,
    IssueRequest,
    MovementKind,
    ReleaseRequest,
    ReservationRequest,
    ReservationSettledError,
    UnavailableStatus,
)
from chaland.kernel.actor import SYSTEM
from chaland.kernel.ids import new_uuid
from tests.inventory.conftest import NOW, Retailer, request_for

places = st.tuples(st.integers(0, 1), st.integers(0, 2))
units = st.integers(1, 6)
statuses = st.sampled_from([UnavailableStatus.DAMAGED, UnavailableStatus.DISPLAY])


class Stock(RuleBasedStateMachine):
    """The room beside a model that is too simple to be wrong: four numbers a position."""

    retailer: Retailer
    reservations: Bundle[ReservationRequest] = Bundle("reservations")

    @initialize()
    def new_skus(self) -> None:
        """Each example has SKUs of its own, because the ledger of the last one stays."""
        with transaction.atomic():
            made = [
                Sku.objects.create(code=str(new_uuid()), name="x", weight_grams=1, search_text="x")
                for _ in range(2)
            ]
        self.skus = [sku.id for sku in made]
        self.places = list(self.retailer.locations)
        self.model: dict[tuple[int, int], list[int]] = {}
        self.blocked: dict[tuple[int, int, str], int] = {}
        self.open: dict[object, int] = {}
        self.clock = NOW
        self.columns = np.full(max(self.places) + 1, -1, np.int32)
        self.columns[self.places] = range(3)

    def _act(
        self,
        action: Callable[[], Any],
        *,
        allowed: bool,
        refusal: type[Exception] | tuple[type[Exception], ...],
    ) -> bool:
        """Run *action* in a transaction; it must be refused exactly when the model says so."""
        try:
            with transaction.atomic():
                action()
        except refusal:
            assert not allowed
            return False
        assert allowed
        return True

    def _available(self, place: tuple[int, int]) -> int:
        on_hand, reserved, unavailable, _ = self.model.get(place, [0, 0, 0, 0])
        return on_hand - reserved - unavailable

    @rule(place=places, delta=st.integers(-6, 12), rollback=st.booleans())
    def report(self, place: tuple[int, int], delta: int, *, rollback: bool) -> None:
        """Someone reports a difference; sometimes the whole transaction is given up."""
        item = Adjustment(
            sku_id=self.skus[place[0]],
            location_id=self.places[place[1]],
            kind=MovementKind.ADJUSTMENT,
            source="test",
            occurred_at=self.clock,
            on_hand_delta=delta,
        )
        with transaction.atomic():
            (outcome,) = adjust(adjustments=[item], now=NOW, actor=SYSTEM)
            transaction.set_rollback(rollback)
        allowed = delta != 0 and self._available(place) + delta >= 0
        assert (outcome.status == "applied") == allowed
        if allowed and not rollback:
            self.model.setdefault(place, [0, 0, 0, 0])[0] += delta

    @rule(place=places, counted=st.integers(0, 15))
    def count(self, place: tuple[int, int], counted: int) -> None:
        """Someone counts the shelf, after all that happened there."""
        self.clock += timedelta(seconds=1)
        item = Adjustment(
            sku_id=self.skus[place[0]],
            location_id=self.places[place[1]],
            kind=MovementKind.COUNT,
            source="test",
            occurred_at=self.clock,
            on_hand=counted,
        )
        with transaction.atomic():
            (outcome,) = adjust(adjustments=[item], now=NOW, actor=SYSTEM)
        position = self.model.get(place, [0, 0, 0, 0])
        allowed = counted >= position[1] + position[2]
        assert (outcome.status == "applied") == allowed
        if allowed:
            self.model.setdefault(place, [0, 0, 0, 0])[0] = counted

    @rule(place=places, quantity=units, status=statuses)
    def take_out_of_sale(
        self, place: tuple[int, int], quantity: int, status: UnavailableStatus
    ) -> None:
        """Units are found damaged, or put on display."""
        asked = BlockRequest(self.skus[place[0]], self.places[place[1]], quantity, status)
        if self._act(
            lambda: block(blocks=[asked], reason="", now=NOW, actor=SYSTEM),
            allowed=self._available(place) >= quantity,
            refusal=InsufficientStockError,
        ):
            self.model[place][2] += quantity
            key = (*place, status.value)
            self.blocked[key] = self.blocked.get(key, 0) + quantity

    @rule(place=places, quantity=units, status=statuses)
    def put_back_on_sale(
        self, place: tuple[int, int], quantity: int, status: UnavailableStatus
    ) -> None:
        """Units are repaired, or taken off display."""
        item = Adjustment(
            sku_id=self.skus[place[0]],
            location_id=self.places[place[1]],
            kind=MovementKind.UNBLOCKING,
            source="test",
            occurred_at=NOW,
            unavailable_delta=-quantity,
            status=status,
        )
        with transaction.atomic():
            (outcome,) = adjust(adjustments=[item], now=NOW, actor=SYSTEM)
        key = (*place, status.value)
        allowed = self.blocked.get(key, 0) >= quantity
        assert (outcome.status == "applied") == allowed
        if allowed:
            self.model[place][2] -= quantity
            self.blocked[key] -= quantity

    @rule(target=reservations, lines=st.lists(st.tuples(places, units), min_size=1, max_size=4))
    def order(self, lines: list[tuple[tuple[int, int], int]]) -> Any:
        """A batch of lines is reserved, wholly or not at all."""
        wanted = [
            request_for(self.skus[place[0]], self.places[place[1]], quantity)
            for place, quantity in lines
        ]
        needed: dict[tuple[int, int], int] = {}
        for place, quantity in lines:
            needed[place] = needed.get(place, 0) + quantity
        enough = all(self._available(place) >= quantity for place, quantity in needed.items())
        if not self._act(
            lambda: reserve(requests=wanted, now=NOW, actor=SYSTEM),
            allowed=enough,
            refusal=InsufficientStockError,
        ):
            return multiple()
        for place, quantity in needed.items():
            self.model[place][1] += quantity
        self.open.update({item.reservation_id: item.quantity for item in wanted})
        return multiple(*wanted)

    @rule(target=reservations, kept=consumes(reservations), quantity=units, leaves=st.booleans())
    def settle(self, kept: ReservationRequest, quantity: int, *, leaves: bool) -> Any:
        """Part or all of a reservation is issued or released."""

        def action() -> None:
            if leaves:
                issue(
                    issues=[IssueRequest(kept.reservation_id, quantity)],
                    now=self.clock,
                    actor=SYSTEM,
                )
            else:
                release(
                    reservations=[ReleaseRequest(kept.reservation_id, quantity)],
                    reason="",
                    now=NOW,
                    actor=SYSTEM,
                )

        allowed = 0 < quantity <= self.open[kept.reservation_id]
        if self._act(action, allowed=allowed, refusal=ReservationSettledError):
            place = (self.skus.index(kept.sku_id), self.places.index(kept.location_id))
            self.model[place][1] -= quantity
            self.model[place][0] -= quantity if leaves else 0
            self.open[kept.reservation_id] -= quantity
        return kept

    @invariant()
    def positions_are_the_models(self) -> None:
        """The table and what is kept in memory both agree with the model."""
        if not hasattr(self, "model"):
            return
        rows = {
            (self.skus.index(row.sku_id), self.places.index(row.location_id)): [
                row.on_hand,
                row.reserved,
                row.unavailable,
                row.incoming,
            ]
            for row in Position.objects.filter(sku_id__in=self.skus)
        }
        assert rows == self.model
        matrix = availability_matrix(self.skus, 3, self.columns)
        for sku in range(2):
            kept = matrix.available[matrix.row_of[self.skus[sku]]].tolist()
            assert kept == [self._available((sku, place)) for place in range(3)]

    def teardown(self) -> None:
        """At the end of each example, the whole proof."""
        report = verify()
        assert report.clean, [check for check in report.checks if check.broken]


@pytest.mark.django_db(transaction=True)
def test_stock_is_conserved(retailer: Retailer) -> None:
    machine = type("StockOfThisRun", (Stock,), {"retailer": retailer})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=30,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

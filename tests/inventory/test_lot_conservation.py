"""Lots are conserved: whatever comes, goes, is counted, sent, named or expires, in any order."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from chaland.catalog.models import Sku
from chaland.inventory.models import Lot as LotRow
from chaland.inventory.models import Movement, Position
from chaland.inventory.operations import (
    adjust,
    announce_supply,
    dispatch_transfers,
    expire_lots,
    issue,
    name_units,
    receive_supply,
    reserve,
)
from chaland.inventory.queries import verify
from chaland.inventory.types import (
    Adjustment,
    IssueRequest,
    MovementKind,
    Naming,
    SupplyDraft,
    SupplyKind,
    SupplyReceipt,
    Tag,
    TransferDispatch,
    UnavailableStatus,
)
from chaland.kernel.actor import SYSTEM
from chaland.kernel.ids import new_uuid
from tests.inventory.conftest import NOW, Retailer, request_for

places = st.integers(0, 1)
units = st.integers(1, 5)
TODAY = NOW.date()
EXPIRES = {
    "old": TODAY - timedelta(days=1),
    "soon": TODAY + timedelta(days=1),
    "late": TODAY + timedelta(days=9),
    "ever": None,
}
lots = st.sampled_from(sorted(EXPIRES))


@dataclass
class Shelf:
    """A position in a model that is too simple to be wrong: one name for each unit."""

    names: list[str]
    expired: int = 0

    def rank(self, name: str) -> tuple[int, date, str]:
        """Say who leaves first: fresh by date, without date, unknown, stale."""
        expires = EXPIRES.get(name)
        if name == "?":
            return (2, TODAY, name)
        if expires is None:
            return (1, TODAY, name)
        return (3 if expires < TODAY else 0, expires, name)

    def take(self, number: int) -> list[str]:
        """Take the first to leave; units that are known to be expired stay."""
        kept = ["old"] * self.expired
        free = list(self.names)
        for name in kept:
            free.remove(name)
        free.sort(key=self.rank)
        taken = free[:number]
        for name in taken:
            self.names.remove(name)
        return taken


class Lots(RuleBasedStateMachine):
    """A SKU that is followed by lot, at two locations."""

    retailer: Retailer

    @initialize()
    def new_sku(self) -> None:
        """Each example has a SKU of its own, because the ledger of the last one stays."""
        code = str(new_uuid())
        sku = Sku.objects.create(
            code=code, name="x", weight_grams=1, search_text="x", tracking="lot"
        )
        self.sku = sku.id
        self.shelves = [Shelf([]), Shelf([])]
        self.now = NOW

    def _adjust(self, place: int, **fields: Any) -> str:
        self.now += timedelta(seconds=1)
        known: dict[str, Any] = {
            "sku_id": self.sku,
            "location_id": self.retailer.locations[place],
            "kind": MovementKind.ADJUSTMENT,
            "source": "test",
            "occurred_at": self.now,
        }
        with transaction.atomic():
            (outcome,) = adjust(
                adjustments=[Adjustment(**{**known, **fields})], now=self.now, actor=SYSTEM
            )
        return outcome.problem.code if outcome.problem else outcome.status

    @rule(place=places, lot=lots, quantity=units)
    def come(self, place: int, lot: str, quantity: int) -> None:
        """Units of a lot are delivered."""
        status = self._adjust(place, on_hand_delta=quantity, lot=lot, expires_on=EXPIRES[lot])
        assert status == "applied"
        self.shelves[place].names += [lot] * quantity

    @rule(place=places, quantity=units)
    def come_unnamed(self, place: int, quantity: int) -> None:
        """Nobody says of which lot they are."""
        assert self._adjust(place, on_hand_delta=quantity) == "lot_required"

    @rule(place=places, lot=lots, quantity=units)
    def go(self, place: int, lot: str, quantity: int) -> None:
        """Units of a lot break."""
        shelf = self.shelves[place]
        status = self._adjust(place, on_hand_delta=-quantity, lot=lot)
        free = shelf.names.count(lot) - (shelf.expired if lot == "old" else 0)
        assert (status == "applied") == (quantity <= free)
        if status == "applied":
            for _ in range(quantity):
                shelf.names.remove(lot)

    @rule(place=places, quantity=units)
    def write_off_expired(self, place: int, quantity: int) -> None:
        """Expired units are thrown away."""
        shelf = self.shelves[place]
        status = self._adjust(
            place,
            on_hand_delta=-quantity,
            unavailable_delta=-quantity,
            status=UnavailableStatus.EXPIRED,
            lot="old",
        )
        assert (status == "applied") == (quantity <= shelf.expired)
        if status == "applied":
            shelf.expired -= quantity
            for _ in range(quantity):
                shelf.names.remove("old")

    @rule(place=places, counted=st.integers(0, 12))
    def count(self, place: int, counted: int) -> None:
        """The shelf is counted, without a look at the lots."""
        shelf = self.shelves[place]
        status = self._adjust(place, kind=MovementKind.COUNT, on_hand=counted)
        assert (status == "applied") == (counted >= shelf.expired)
        if status != "applied":
            return
        more = counted - len(shelf.names)
        if more >= 0:
            shelf.names += ["?"] * more
            return
        while more < 0 and "?" in shelf.names:
            shelf.names.remove("?")
            more += 1
        shelf.take(-more)

    @rule(place=places, lot=lots, quantity=units)
    def name(self, place: int, lot: str, quantity: int) -> None:
        """Somebody looks at units of unknown lot."""
        shelf = self.shelves[place]
        tag = Tag(lot, EXPIRES[lot])
        with transaction.atomic():
            (outcome,) = name_units(
                namings=[Naming(self.sku, self.retailer.locations[place], quantity, tag)],
                now=self.now,
                actor=SYSTEM,
            )
        allowed = quantity <= shelf.names.count("?")
        assert (outcome.problem is None) == allowed
        if allowed:
            for _ in range(quantity):
                shelf.names.remove("?")
                shelf.names.append(lot)

    @rule(place=places, quantity=units)
    def sell(self, place: int, quantity: int) -> None:
        """Units are ordered and leave, the first to expire first."""
        shelf = self.shelves[place]
        if quantity > len(shelf.names) - shelf.expired:
            return
        wanted = request_for(self.sku, self.retailer.locations[place], quantity)
        with transaction.atomic():
            reserve(requests=[wanted], now=self.now, actor=SYSTEM)
            issue(issues=[IssueRequest(wanted.reservation_id)], now=self.now, actor=SYSTEM)
        lines = Movement.objects.filter(reservation_id=wanted.reservation_id, kind="issue")
        left = sorted(line.lot or "?" for line in lines for _ in range(-line.on_hand_delta))
        assert left == sorted(shelf.take(quantity))

    @rule(place=places, quantity=units)
    def send(self, place: int, quantity: int) -> None:
        """Units go to the other location."""
        shelf, other = self.shelves[place], self.shelves[1 - place]
        draft = SupplyDraft(
            source="test",
            reference=str(new_uuid()),
            line="",
            kind=SupplyKind.TRANSFER,
            sku_id=self.sku,
            origin_id=self.retailer.locations[place],
            destination_id=self.retailer.locations[1 - place],
            quantity=quantity,
            expected_at=self.now,
        )

        with transaction.atomic():
            (made,) = announce_supply(drafts=[draft], now=self.now, actor=SYSTEM)
            key = made.supply_id
            assert key
            (left,) = dispatch_transfers(
                dispatches=[TransferDispatch(key, self.now)], now=self.now, actor=SYSTEM
            )
            allowed = quantity <= len(shelf.names) - shelf.expired
            assert (left.status == "updated") == allowed
            if not allowed:
                return
            for number in (quantity - quantity // 2, quantity // 2):
                if number:
                    receipt = SupplyReceipt(supply_id=key, quantity=number, occurred_at=self.now)
                    (arrived,) = receive_supply(receipts=[receipt], now=self.now, actor=SYSTEM)
                    assert arrived.status == "updated", arrived
        other.names += shelf.take(quantity)

    @rule()
    def midnight(self) -> None:
        """What has passed its last day is taken out of sale."""
        with transaction.atomic():
            expire_lots(now=self.now, actor=SYSTEM)
        for shelf in self.shelves:
            shelf.expired = shelf.names.count("old")

    @invariant()
    def lots_are_the_models(self) -> None:
        """Every unit is of the lot that the model says, and out of sale when it is expired."""
        if not hasattr(self, "shelves"):
            return
        for shelf, location in zip(self.shelves, self.retailer.locations, strict=False):
            rows = LotRow.objects.filter(sku_id=self.sku, location_id=location)
            known = {row.lot: row.on_hand for row in rows if row.on_hand}
            names = {name: shelf.names.count(name) for name in shelf.names if name != "?"}
            assert known == names
            position = Position.objects.filter(sku_id=self.sku, location_id=location).first()
            state = (position.on_hand, position.unavailable) if position else (0, 0)
            assert state == (len(shelf.names), shelf.expired)

    def teardown(self) -> None:
        """At the end of each example, the whole proof."""
        report = verify()
        assert report.clean, [check for check in report.checks if check.broken]


@pytest.mark.django_db(transaction=True)
def test_lots_are_conserved(retailer: Retailer) -> None:
    machine = type("LotsOfThisRun", (Lots,), {"retailer": retailer})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

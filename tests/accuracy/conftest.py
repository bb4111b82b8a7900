"""A retailer with shelves to count, and people to count them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from chaland.accuracy import operations, queries
from chaland.accuracy.types import CountDraft, CountKind, CountLineView, CountView, ScanDraft
from chaland.catalog.queries import sku_facts
from chaland.inventory import operations as inventory
from chaland.inventory.queries import positions, verify
from chaland.inventory.types import (
    Adjustment,
    BlockRequest,
    IssueRequest,
    MovementKind,
    PositionView,
    ReservationRequest,
    UnavailableStatus,
)
from chaland.kernel.actor import SYSTEM, Actor
from chaland.kernel.ids import new_uuid
from chaland.network.queries import snapshot
from tests.retailer import Retailer

STOCK = {
    "LAMP": {"WH": 100, "SHOP-PARIS": 10, "SHOP-LILLE": 5},
    "CHAIR": {"WH": 50, "SHOP-PARIS": 8},
    "VASE": {"SHOP-PARIS": 3},
}


def person(name: str, *scopes: str) -> Actor:
    """Return somebody who may count, and more with *scopes*."""
    return Actor(
        kind="user",
        id=f"usr_{name}",
        label=name.title(),
        scopes=frozenset({"stock:read", "stock:write", *scopes}),
    )


ANNE, BOB = person("anne"), person("bob")
CHIEF = person("chief", "stock:approve")


@dataclass
class Floor:
    """Short ways to count, sell and look, at moments that the test chooses."""

    retailer: Retailer
    now: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(seconds=1))

    def later(self, minutes: float = 1) -> datetime:
        """Let time pass, and return the new moment."""
        self.now += timedelta(minutes=minutes)
        return self.now

    def ids(self, sku: str, location: str) -> tuple[int, int]:
        """Return the ids of a SKU and a location."""
        place = snapshot().location(location)
        assert place is not None
        return sku_facts([sku])[sku].id, place.id

    def open(self, *skus: str, location: str = "SHOP-PARIS", **more: Any) -> UUID:
        """Ask for a count of *skus*."""
        draft = CountDraft(location=location, kind=CountKind.LIST, skus=skus, **more)
        with transaction.atomic():
            return operations.open_count(draft=draft, now=self.now, actor=CHIEF)

    def scan(self, count: UUID, sku: str, quantity: int, **more: Any) -> str:
        """Count a SKU now; return what became of the scan."""
        actor = more.pop("actor", ANNE)
        draft = ScanDraft(
            scan_id=more.pop("scan_id", str(new_uuid())),
            sku=sku,
            mode=more.pop("mode", "set"),
            quantity=quantity,
            **{"counted_at": self.now, **more},
        )
        with transaction.atomic():
            (outcome,) = operations.record_scans(
                count_id=count, scans=[draft], now=self.now, actor=actor
            )
        problem = outcome.problem
        if problem is None:
            return outcome.status
        return problem.problems[0].code if problem.problems else problem.code

    def submit(self, count: UUID, actor: Actor = ANNE, **more: Any) -> None:
        """End counting."""
        with transaction.atomic():
            operations.submit(count_id=count, now=self.now, actor=actor, **more)

    def approve(self, count: UUID, actor: Actor = CHIEF, **more: Any) -> None:
        """Believe what waits."""
        with transaction.atomic():
            operations.approve(count_id=count, now=self.now, actor=actor, **more)

    def reject(self, count: UUID, actor: Actor = CHIEF, **more: Any) -> None:
        """Do not believe what waits."""
        with transaction.atomic():
            operations.reject(count_id=count, now=self.now, actor=actor, **more)

    def move(
        self, sku: str, units: int, location: str = "SHOP-PARIS", at: datetime | None = None
    ) -> str:
        """Let units come (above zero) or go, as the till would tell it."""
        sku_id, location_id = self.ids(sku, location)
        message = Adjustment(
            sku_id=sku_id,
            location_id=location_id,
            kind=MovementKind.RECEIPT if units > 0 else MovementKind.ADJUSTMENT,
            source="till",
            occurred_at=at or self.now,
            on_hand_delta=units,
        )
        with transaction.atomic():
            (outcome,) = inventory.adjust(adjustments=[message], now=self.now, actor=SYSTEM)
        return outcome.status

    def reserve(self, sku: str, units: int, location: str = "SHOP-PARIS") -> UUID:
        """Promise units to an order; return the reservation's id."""
        request = ReservationRequest(
            new_uuid(), *self.ids(sku, location), units, new_uuid(), new_uuid()
        )
        with transaction.atomic():
            inventory.reserve(requests=[request], now=self.now, actor=SYSTEM)
        return request.reservation_id

    def issue(self, reservation: UUID) -> None:
        """Let promised units leave."""
        with transaction.atomic():
            inventory.issue(
                issues=[IssueRequest(reservation, None, "ful_x")], now=self.now, actor=SYSTEM
            )

    def miss(self, sku: str, units: int, location: str = "SHOP-PARIS") -> None:
        """Let a picker not find units."""
        block = BlockRequest(*self.ids(sku, location), units, UnavailableStatus.MISSING, "ful_x")
        with transaction.atomic():
            inventory.block(blocks=[block], reason="refused", now=self.now, actor=SYSTEM)

    def position(self, sku: str, location: str = "SHOP-PARIS") -> PositionView:
        """Return a position as it is."""
        sku_id, location_id = self.ids(sku, location)
        (found,) = positions(sku_ids=[sku_id], location_ids=[location_id], limit=1)
        return found

    def view(self, count: UUID) -> CountView:
        """Return a count as it is."""
        return queries.count_view(count, actor=SYSTEM)

    def line(self, count: UUID, sku: str) -> CountLineView:
        """Return a line of a count as it is."""
        lines = queries.count_lines(self.view(count), limit=500)
        (found,) = (line for line in lines if line.sku == sku)
        return found


@pytest.fixture
def floor(request: pytest.FixtureRequest) -> Iterator[Floor]:
    """Write the retailer; whatever the test does, the stock must be true afterwards."""
    committed = "transactional_db" in request.fixturenames
    request.getfixturevalue("transactional_db" if committed else "db")
    yield Floor(Retailer.build(STOCK))
    report = verify()
    assert report.clean, [check for check in report.checks if check.broken]

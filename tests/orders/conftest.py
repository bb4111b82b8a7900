"""Orders in the database, written as `place_orders` writes them."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from chaland.catalog.queries import sku_facts
from chaland.customers import operations as customers
from chaland.customers.types import PersonDraft
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM
from chaland.kernel.ids import new_uuid
from chaland.network.queries import snapshot
from chaland.orders import operations as orders
from chaland.orders.types import OrderDraft, OrderLineDraft, OrderMethod
from tests.retailer import Retailer


@dataclass
class Desk:
    """Makes drafts and inserts them."""

    customer_id: UUID
    now: datetime
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def draft(self, *quantities: int, **changes: Any) -> OrderDraft:
        """Return an order of one line a quantity, LAMP for all of them."""
        lamp = sku_facts(["LAMP"])["LAMP"]
        lines = tuple(
            OrderLineDraft(
                line_id=new_uuid(),
                line_no=number,
                external_line_id=None,
                sku_id=lamp.id,
                sku_code=lamp.code,
                description=lamp.name,
                quantity=quantity,
                unit_price=Decimal("10.00"),
            )
            for number, quantity in enumerate(quantities or (1,), start=1)
        )
        fields: dict[str, Any] = {
            "order_id": new_uuid(),
            "channel_id": snapshot().channels["web"].id,
            "external_id": f"D-{next(self._numbers)}",
            "content_hash": b"h" * 32,
            "customer_id": self.customer_id,
            "customer_address": 0,
            "currency": "EUR",
            "placed_at": self.now,
            "method": OrderMethod.SHIP,
            "destination_country": "FR",
            "destination_postal_code": "75004",
            "destination_latitude": 48.86,
            "destination_longitude": 2.36,
            "service_code": "home-standard",
            "pickup_location_id": None,
            "total_amount": Decimal("10.00") * sum(quantities or (1,)),
            "shipping_amount": Decimal(0),
            "promise_earliest": self.now,
            "promise_latest": self.now,
            "promise_confidence": 0.9,
            "promise_basis": "stated",
            "note": "",
            "tags": (),
            "lines": lines,
        }
        return OrderDraft(**{**fields, **changes})

    def insert(self, *quantities: int, **changes: Any) -> OrderDraft:
        """Insert a draft that must be accepted, and return it."""
        draft = self.draft(*quantities, **changes)
        assert orders.insert_orders(drafts=[draft], now=self.now) == {draft.order_id}
        return draft


@pytest.fixture
def desk(db: None) -> Desk:  # noqa: ARG001 - asked for its effect
    """A desk in front of the small retailer."""
    Retailer.build({"LAMP": {"WH": 100}})
    now = clock.now()
    (who,) = customers.register(people=[PersonDraft(name="Camille Martin")], now=now, actor=SYSTEM)
    return Desk(who.customer_id, now)

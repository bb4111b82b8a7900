"""A small retailer with two shops and a warehouse, and short ways to ask about its stock."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pytest

from chaland.catalog.models import Sku
from chaland.inventory.models import Position
from chaland.inventory.operations import load_opening_stock
from chaland.inventory.types import (
    BasketHold,
    HoldLine,
    OpeningStock,
    PositionState,
    ReservationRequest,
)
from chaland.kernel.actor import SYSTEM
from chaland.kernel.ids import new_uuid
from chaland.network.models import Channel, Location, Organisation
from tests.inventory.other import Other

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


Put = Callable[[int, int, int], None]


@dataclass(frozen=True)
class Retailer:
    """The ids of two SKUs and three locations; the third location is a franchisee's."""

    skus: tuple[int, ...]
    locations: tuple[int, ...]


def make_location(code: str, organisation: Organisation) -> Location:
    return Location.objects.create(
        code=code,
        name=code,
        kind="store",
        organisation=organisation,
        country="FR",
        postal_code="69002",
        city="Lyon",
        latitude=45.76,
        longitude=4.83,
        time_zone="Europe/Paris",
        capabilities=["ship", "pickup"],
        daily_capacity=100,
        handling_minutes=30,
        cost_per_order="2.00",
        cost_per_line="0.50",
        cut_off="16:00",
    )


def make_channel(code: str) -> int:
    """Make a channel and return its id."""
    channel = Channel.objects.create(
        code=code, name=code, kind="web", currency="EUR", countries=["FR"]
    )
    return int(channel.id)


def make_retailer() -> Retailer:
    group = Organisation.objects.create(code="group", name="Group", kind="group", country="FR")
    franchisee = Organisation.objects.create(
        code="franchisee", name="Franchisee", kind="franchisee", country="FR"
    )
    locations = [
        make_location("warehouse", group),
        make_location("shop", group),
        make_location("franchise", franchisee),
    ]
    skus = [
        Sku.objects.create(code=code, name=code, weight_grams=100, search_text=code)
        for code in ("TEA", "CUP")
    ]
    return Retailer(tuple(sku.id for sku in skus), tuple(place.id for place in locations))


@pytest.fixture
def retailer(request: pytest.FixtureRequest) -> Retailer:
    """Make the retailer in the test's database, committed where the test asks for that."""
    committed = "transactional_db" in request.fixturenames
    request.getfixturevalue("transactional_db" if committed else "db")
    return make_retailer()


@pytest.fixture
def open_stock() -> Put:
    """Return a function that puts units on a new position."""

    def put(sku: int, location: int, units: int) -> None:
        load_opening_stock(
            stock=[OpeningStock(sku, location, units)], source="test", now=NOW, actor=SYSTEM
        )

    return put


def state_of(sku: int, location: int) -> PositionState:
    row = Position.objects.get(pk=(sku, location))
    return PositionState(row.on_hand, row.reserved, row.unavailable, row.incoming)


def request_for(
    sku: int, location: int, quantity: int, *, order: UUID | None = None
) -> ReservationRequest:
    return ReservationRequest(new_uuid(), sku, location, quantity, order or new_uuid(), new_uuid())


def basket_of(channel: int, *lines: tuple[int, int, int], ttl: int = 900) -> BasketHold:
    """Make a basket that wants (sku, location, quantity) of each line."""
    return BasketHold(
        basket_id=new_uuid(),
        channel_id=channel,
        lines=tuple(HoldLine(*line) for line in lines),
        ttl_seconds=ttl,
    )


@pytest.fixture
def other(retailer: Retailer) -> Iterator[Other]:
    del retailer
    second = Other()
    yield second
    second.close()

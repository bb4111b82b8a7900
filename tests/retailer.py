"""A small retailer and a client of its API, for tests that walk through the whole house.

One warehouse near Orléans, the group's own shops in Paris and Lyon, one franchised shop in Lille.
Every price and time is plain, so that a test can say beforehand what must come out.
"""

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.test import Client

from chaland.access.authentication import forget_keys
from chaland.access.operations import create_api_key
from chaland.access.types import Scope
from chaland.availability.channel_stock import channel_stock
from chaland.catalog import operations as catalog_operations
from chaland.catalog.queries import sku_facts
from chaland.catalog.types import ComponentDraft, SkuDraft
from chaland.inventory import operations as inventory_operations
from chaland.inventory.types import OpeningStock
from chaland.journeys.verify_stock import verify_stock
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM
from chaland.network import operations as network_operations
from chaland.network import queries as network_queries
from chaland.network.types import (
    AgreementDraft,
    Capability,
    ChannelDraft,
    ChannelKind,
    LocationDraft,
    LocationKind,
    OpeningWindow,
    OrganisationDraft,
    OrganisationKind,
)
from chaland.promise import operations as promise_operations
from chaland.promise.types import (
    CarrierServiceDraft,
    PriceBand,
    PriceRow,
    ServiceKind,
    TransitBand,
)

PARIS = {"street": "8 rue de Rivoli", "postal_code": "75004", "city": "Paris", "country": "FR"}
PARIS_POINT = {"latitude": 48.8559, "longitude": 2.3601}
SKUS = ("LAMP", "CHAIR", "TABLE", "VASE")
EVERY_DAY = tuple(OpeningWindow(day, time(8), time(20)) for day in range(7))


@dataclass
class Answer:
    """What the API said."""

    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass
class ApiClient:
    """Calls the API as a stranger with a key would; safe to use from several threads."""

    token: str

    def get(self, path: str, **query: Any) -> Answer:
        """GET ``/api/v1`` + *path*."""
        return self._answer(Client().get(f"/api/v1{path}", query, headers=self._headers()))

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        """POST *body* as JSON to ``/api/v1`` + *path*; ``A_b=…`` is the header ``A-b``."""
        return self._answer(
            Client().post(
                f"/api/v1{path}",
                json.dumps({} if body is None else body),
                content_type="application/json",
                headers=self._headers(**headers),
            )
        )

    def put(self, path: str, body: Any, **headers: str) -> Answer:
        """PUT *body* as JSON to ``/api/v1`` + *path*."""
        return self._answer(
            Client().put(
                f"/api/v1{path}",
                json.dumps(body),
                content_type="application/json",
                headers=self._headers(**headers),
            )
        )

    def delete(self, path: str, **headers: str) -> Answer:
        """DELETE ``/api/v1`` + *path*."""
        return self._answer(Client().delete(f"/api/v1{path}", headers=self._headers(**headers)))

    def _headers(self, **more: str) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {"Authorization": f"Bearer {self.token}", **named}

    @staticmethod
    def _answer(response: Any) -> Answer:
        body = json.loads(response.content) if response.content else None
        return Answer(response.status_code, body, dict(response.headers))


@dataclass
class Retailer:
    """The retailer, once it is written to the database."""

    client: ApiClient
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @classmethod
    def build(cls, stock: Mapping[str, Mapping[str, int]]) -> "Retailer":
        """Write network, catalogue, services and *stock* (units by SKU and location)."""
        now = clock.now()
        forget_keys()
        channel_stock().forget()
        with transaction.atomic():
            _write_network(now)
            _write_catalogue(now)
            promise_operations.upsert_carrier_services(drafts=[_service()], now=now, actor=SYSTEM)
            facts = sku_facts(stock)
            locations = network_queries.snapshot().by_code
            ids = network_queries.snapshot().locations
            inventory_operations.load_opening_stock(
                stock=[
                    OpeningStock(facts[sku].id, ids[locations[place]].id, units)
                    for sku, places in stock.items()
                    for place, units in places.items()
                ],
                source="test",
                now=now,
                actor=SYSTEM,
            )
            key = create_api_key(
                name="test", scopes=[scope.value for scope in Scope], now=now, actor=SYSTEM
            )
        return cls(ApiClient(key.token))

    def key(self, scopes: list[str], **limits: Any) -> ApiClient:
        """Return a client with a key of its own."""
        with transaction.atomic():
            key = create_api_key(
                name="limited", scopes=scopes, now=clock.now(), actor=SYSTEM, **limits
            )
        return ApiClient(key.token)

    def order_body(
        self, units: Mapping[str, int] | None = None, /, **changes: Any
    ) -> dict[str, Any]:
        """Return an order to Paris that was never sent; *changes* replace top-level fields."""
        body: dict[str, Any] = {
            "channel": "web",
            "external_id": f"T-{next(self._numbers)}",
            "placed_at": datetime.now(UTC).isoformat(),
            "currency": "EUR",
            "customer": {"name": "Camille Martin", "email": "camille@example.org"},
            "delivery": {"method": "ship", "address": {**PARIS, **PARIS_POINT}},
            "lines": [
                {
                    "sku": sku,
                    "quantity": quantity,
                    "unit_price": {"amount": "10.00", "currency": "EUR"},
                }
                for sku, quantity in (units or {"LAMP": 1}).items()
            ],
        }
        return {**body, **changes}

    def place(self, units: Mapping[str, int] | None = None, /, **changes: Any) -> Any:
        """Place an order that must be accepted; return the answer's body."""
        answer = self.client.post("/orders", self.order_body(units, **changes))
        assert answer.status == 201, answer.body
        return answer.body

    def available(self, sku: str, location: str) -> int:
        """Return the units that the API says can be promised at one location."""
        answer = self.client.get("/stock/positions", sku=sku, location=location)
        (position,) = answer.body["items"]
        return int(position["available"])

    @staticmethod
    def assert_stock_is_true() -> None:
        """Prove that stock, ledger, reservations, fulfilment and orders tell one story."""
        report = verify_stock()
        assert report.clean, [check for check in report.checks if check.broken]


def _write_network(now: datetime) -> None:
    group, franchise = OrganisationKind.GROUP, OrganisationKind.FRANCHISEE
    network_operations.upsert_organisations(
        drafts=[
            OrganisationDraft(code="group", name="Maison", kind=group, country="FR"),
            OrganisationDraft(code="nord", name="Nord SARL", kind=franchise, country="FR"),
        ],
        now=now,
        actor=SYSTEM,
    )
    network_operations.upsert_locations(
        drafts=[
            _location("WH", "Orléans", "45000", 47.90, 1.90, LocationKind.WAREHOUSE),
            _location("SHOP-PARIS", "Paris", "75011", 48.86, 2.38),
            _location("SHOP-LYON", "Lyon", "69002", 45.76, 4.83),
            _location("SHOP-LILLE", "Lille", "59000", 50.63, 3.06, organisation="nord"),
        ],
        now=now,
        actor=SYSTEM,
    )
    network_operations.upsert_channels(
        drafts=[
            ChannelDraft(
                code="web",
                name="Web",
                kind=ChannelKind.WEB,
                currency="EUR",
                countries=frozenset({"FR"}),
            )
        ],
        now=now,
        actor=SYSTEM,
    )
    network_operations.agree_to_channels(
        drafts=[AgreementDraft(organisation="nord", channels=frozenset({"web"}))],
        now=now,
        actor=SYSTEM,
    )


def _location(  # one name per column of the table above
    code: str,
    city: str,
    postal_code: str,
    latitude: float,
    longitude: float,
    kind: LocationKind = LocationKind.STORE,
    organisation: str = "group",
) -> LocationDraft:
    warehouse = kind is LocationKind.WAREHOUSE
    can = {Capability.SHIP} if warehouse else {Capability.SHIP, Capability.PICKUP}
    return LocationDraft(
        code=code,
        name=f"{city} {kind.value}",
        kind=kind,
        organisation=organisation,
        country="FR",
        postal_code=postal_code,
        city=city,
        latitude=latitude,
        longitude=longitude,
        capabilities=frozenset(can),
        handling_minutes=30,
        cost_per_order=Decimal("1.00") if warehouse else Decimal("2.00"),
        cost_per_line=Decimal("0.20"),
        cut_off=time(17),
        hours=EVERY_DAY,
    )


def _write_catalogue(now: datetime) -> None:
    catalog_operations.upsert_skus(
        drafts=[
            *(SkuDraft(code=sku, name=sku.title(), weight_grams=500) for sku in SKUS),
            SkuDraft(
                code="CORNER",
                name="Reading corner",
                weight_grams=1500,
                components=(ComponentDraft("LAMP", 1), ComponentDraft("CHAIR", 2)),
            ),
        ],
        now=now,
        actor=SYSTEM,
    )


def _service() -> CarrierServiceDraft:
    return CarrierServiceDraft(
        code="home-standard",
        name="Home",
        carrier_code="post",
        carrier_name="Post",
        kind=ServiceKind.HOME,
        collection_weekdays=(0, 1, 2, 3, 4),
        last_collection=time(18),
        delivery_weekdays=(0, 1, 2, 3, 4, 5),
        transit_bands=(
            TransitBand(up_to_km=200, earliest_days=1, latest_days=2),
            TransitBand(up_to_km=None, earliest_days=2, latest_days=3),
        ),
        tariff=(
            PriceRow(
                max_weight_grams=2000,
                bands=(
                    PriceBand(up_to_km=200, price=Decimal("5.00")),
                    PriceBand(up_to_km=None, price=Decimal("6.00")),
                ),
            ),
            PriceRow(
                max_weight_grams=30000,
                bands=(
                    PriceBand(up_to_km=200, price=Decimal("9.00")),
                    PriceBand(up_to_km=None, price=Decimal("11.00")),
                ),
            ),
        ),
    )

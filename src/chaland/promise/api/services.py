"""Routes of carriers' services."""

from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal
from typing import Annotated

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from pydantic import Field

from chaland.kernel.clock import now
from chaland.kernel.outcomes import WriteOutcome
from chaland.promise import operations, queries
from chaland.promise.api.charges import ChargesBody
from chaland.promise.types import (
    CarrierServiceDraft,
    CarrierServiceFacts,
    PriceBand,
    PriceRow,
    ServiceKind,
    TransitBand,
)
from chaland.web.authorisation import requires
from chaland.web.bulk import ItemsBody, write_items
from chaland.web.context import actor_of
from chaland.web.etags import check_if_match, set_etag
from chaland.web.idempotency import idempotent
from chaland.web.pagination import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    after_code,
    page_by_code,
)
from chaland.web.schemas import (
    Amount,
    Body,
    BulkAnswer,
    ClockTime,
    Code,
    Country,
    Line,
    Restrictions,
    View,
    example,
)

router = Router()


Kilometres = Annotated[int, Field(strict=True, ge=1, le=20_038)]
Days = Annotated[int, Field(strict=True, ge=0, le=60)]
Weekdays = Annotated[
    list[Annotated[int, Field(strict=True, ge=0, le=6)]],
    Field(min_length=1, max_length=7, description="0 is Monday, 6 is Sunday"),
]
Share = Annotated[Decimal, Field(gt=0, le=1, max_digits=5, decimal_places=4)]
Factor = Annotated[Decimal, Field(ge=0, le=100, max_digits=8, decimal_places=4)]


class CarrierBody(Body):
    """The company that carries the parcels; made, or renamed, with the service."""

    code: Code
    name: Line


class TransitBandBody(Body):
    """Delivery days from the collection, up to a distance; null in the last band: any distance."""

    up_to_km: Kilometres | None = None
    earliest_days: Days
    latest_days: Days


class PriceBandBody(Body):
    """The price of one parcel up to a distance, in the group's currency."""

    up_to_km: Kilometres | None = None
    price: Amount


class PriceRowBody(Body):
    """The prices of a parcel of at most this weight."""

    max_weight_grams: Annotated[int, Field(strict=True, ge=1, le=2_000_000)]
    bands: Annotated[list[PriceBandBody], Field(min_length=1, max_length=30)]


class CarrierServiceBody(Body):
    """What a carrier sells: when it collects and delivers, how long it takes, what it costs.

    Times are wall times: `last_collection` at the location, the others at the destination. Bands
    and weights come in rising order. `countries` are the destinations served; none: all of them.
    `refused_restrictions` are the restrictions of SKUs that it does not carry: none, everything. An
    order that names no service takes the cheapest of kind `home`.
    """

    model_config = example(
        {
            "name": "Home, standard",
            "carrier": {"code": "post", "name": "Post"},
            "kind": "home",
            "last_collection": "17:00",
            "transit": [{"earliest_days": 1, "latest_days": 2}],
            "tariff": [{"max_weight_grams": 30000, "bands": [{"price": "6.90"}]}],
        }
    )

    name: Line
    carrier: CarrierBody
    kind: ServiceKind
    collection_weekdays: Weekdays = [0, 1, 2, 3, 4]
    last_collection: ClockTime
    delivery_weekdays: Weekdays = [0, 1, 2, 3, 4, 5]
    delivers_on_holidays: bool = False
    delivery_from: ClockTime = time(8)
    delivery_until: ClockTime = time(20)
    transit: Annotated[list[TransitBandBody], Field(min_length=1, max_length=30)]
    tariff: Annotated[list[PriceRowBody], Field(min_length=1, max_length=50)]
    countries: Annotated[list[Country], Field(max_length=60)] = []
    co2_grams_per_kg_km: Factor = Decimal("0.1")
    stated_confidence: Share = Decimal("0.95")
    active: bool = True
    charges: ChargesBody = ChargesBody()
    refused_restrictions: Restrictions = []

    def draft(self, code: str) -> CarrierServiceDraft:
        """Return the draft of the service called *code*."""
        return CarrierServiceDraft(
            code=code,
            name=self.name,
            carrier_code=self.carrier.code,
            carrier_name=self.carrier.name,
            kind=self.kind,
            collection_weekdays=tuple(self.collection_weekdays),
            last_collection=self.last_collection,
            delivery_weekdays=tuple(self.delivery_weekdays),
            delivers_on_holidays=self.delivers_on_holidays,
            delivery_from=self.delivery_from,
            delivery_until=self.delivery_until,
            transit_bands=tuple(TransitBand(**band.model_dump()) for band in self.transit),
            tariff=tuple(
                PriceRow(
                    max_weight_grams=row.max_weight_grams,
                    bands=tuple(
                        PriceBand(up_to_km=band.up_to_km, price=Decimal(band.price))
                        for band in row.bands
                    ),
                )
                for row in self.tariff
            ),
            countries=tuple(self.countries),
            co2_grams_per_kg_km=self.co2_grams_per_kg_km,
            stated_confidence=self.stated_confidence,
            active=self.active,
            charges=self.charges.charges(),
            refused_restrictions=tuple(self.refused_restrictions),
        )


class CarrierServiceItem(CarrierServiceBody):
    """A service of a bulk request."""

    model_config = example(
        {
            "code": "home-standard",
            "name": "Home, standard",
            "carrier": {"code": "post", "name": "Post"},
            "kind": "home",
            "last_collection": "17:00",
            "transit": [{"earliest_days": 1, "latest_days": 2}],
            "tariff": [{"max_weight_grams": 30000, "bands": [{"price": "6.90"}]}],
        }
    )

    code: Code


class CarrierView(View):
    """The company that carries the parcels."""

    code: str
    name: str


class TransitBandView(View):
    """Delivery days up to a distance."""

    up_to_km: int | None
    earliest_days: int
    latest_days: int


class PriceBandView(View):
    """The price of one parcel up to a distance."""

    up_to_km: int | None
    price: str


class PriceRowView(View):
    """The prices of a parcel of at most this weight."""

    max_weight_grams: int
    bands: list[PriceBandView]


class RemoteView(View):
    """What each parcel to some areas costs more."""

    areas: list[str]
    amount: str


class SeasonView(View):
    """What each parcel costs more that leaves from the first to the last day."""

    first: date
    last: date
    amount: str


class BoxView(View):
    """A size of parcel: what it holds, what the empty box costs and weighs."""

    volume_cm3: int
    cost: str
    tare_grams: int


class ChargesView(View):
    """What a parcel costs beside its price in the table, and what counts as its weight."""

    volumetric_divisor: int | None
    fuel_percent: str
    per_parcel: str
    oversize_mm: int | None
    oversize: str
    saturday: str
    remote: list[RemoteView]
    seasons: list[SeasonView]
    boxes: list[BoxView]
    co2_grams_per_parcel: int


class CarrierServiceView(View):
    """A carrier's service as it counts now."""

    code: str
    name: str
    carrier: CarrierView
    kind: ServiceKind
    collection_weekdays: list[int]
    last_collection: ClockTime
    delivery_weekdays: list[int]
    delivers_on_holidays: bool
    delivery_from: ClockTime
    delivery_until: ClockTime
    transit: list[TransitBandView]
    tariff: list[PriceRowView]
    countries: list[str]
    co2_grams_per_kg_km: str
    stated_confidence: str
    active: bool
    charges: ChargesView
    refused_restrictions: list[str]
    version: int

    @classmethod
    def of(cls, facts: CarrierServiceFacts) -> "CarrierServiceView":
        """Show a service."""
        return cls.model_validate({**queries.form_of(facts), "version": facts.version})


@router.get("/carrier-services", response=Page[CarrierServiceView])
@requires("network:read")
def list_carrier_services(
    request: HttpRequest, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[CarrierServiceView]:
    """List the carriers' services by code."""
    after = after_code(cursor)
    found = queries.services(after=after, limit=limit + 1)
    return page_by_code(request, found, limit, CarrierServiceView.of)


# Before the routes by code: Django takes the first path that fits.
@router.post("/carrier-services/bulk", response=BulkAnswer)
@requires("network:write")
@idempotent
def put_carrier_services_in_bulk(
    request: HttpRequest, body: ItemsBody[CarrierServiceItem]
) -> BulkAnswer:
    """Make or replace up to 500 services, each for itself; items also carry `code`."""

    def write(items: Sequence[CarrierServiceItem]) -> list[WriteOutcome]:
        return operations.upsert_carrier_services(
            drafts=[item.draft(item.code) for item in items],
            now=now(),
            actor=actor_of(request),
            reason=body.reason,
        )

    return write_items(body, CarrierServiceItem, write)


@router.get("/carrier-services/{code}", response=CarrierServiceView)
@requires("network:read")
def get_carrier_service(
    request: HttpRequest, code: Code, response: HttpResponse
) -> CarrierServiceView:
    """Read one carrier's service."""
    del request
    found = queries.service(code)
    set_etag(response, found.version)
    return CarrierServiceView.of(found)


@router.put("/carrier-services/{code}", response={200: CarrierServiceView, 201: CarrierServiceView})
@requires("network:write")
def put_carrier_service(
    request: HttpRequest, code: Code, body: CarrierServiceBody, response: HttpResponse
) -> Status[CarrierServiceView]:
    """Make a carrier's service, or replace its values. `If-Match` guards against lost updates."""
    with transaction.atomic():
        operations.lock_services()
        check_if_match(request, queries.service_version(code))
        [outcome] = operations.upsert_carrier_services(
            drafts=[body.draft(code)], now=now(), actor=actor_of(request)
        )
        if outcome.problem is not None:
            raise outcome.problem
    set_etag(response, outcome.version)
    shown = CarrierServiceView.of(queries.service(code))
    return Status(201 if outcome.status == "created" else 200, shown)

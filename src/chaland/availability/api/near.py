"""Routes for a shopper's surroundings: which shop near there has it, and what an area holds."""

from datetime import datetime, time
from typing import Annotated, Literal

import numpy as np
from django.http import HttpRequest
from ninja import Query, Router

from chaland.availability.api.quick import MOST_SKUS, SCOPE
from chaland.availability.api.views import AvailabilityAnswer
from chaland.availability.areas import Area
from chaland.availability.asking import Question
from chaland.availability.computing import Units
from chaland.availability.rules.showing import state_of
from chaland.availability.shelves import shown
from chaland.availability.types.showing import Display, StockLine, StockState
from chaland.kernel.clock import now
from chaland.kernel.errors import FieldProblem, InvalidInputError
from chaland.network.types import Capability, LocationFacts, LocationKind, Place
from chaland.web.authorisation import requires
from chaland.web.context import actor_of
from chaland.web.schemas import Code, View

router = Router()

Skus = Annotated[list[Code], Query(min_length=1, max_length=50)]
Channel = Annotated[Code, Query()]
Text = Annotated[str, Query(max_length=64)]
CountryFilter = Annotated[str, Query(pattern="^([A-Z]{2})?$")]
Latitude = Annotated[float | None, Query(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float | None, Query(ge=-180, le=180, allow_inf_nan=False)]
Radius = Annotated[float, Query(gt=0, le=500, allow_inf_nan=False)]
Most = Annotated[int, Query(ge=1, le=50)]
MORE_SKUS = Annotated[list[Code], Query(min_length=1, max_length=MOST_SKUS)]


class SearchedPlaceView(View):
    """Where was looked from.

    `precision`: `given` coordinates, the `postal_code`, or only its `region` or `department`, which
    may be tens of kilometres off.
    """

    latitude: float
    longitude: float
    precision: Literal["postal_code", "region", "department", "given"]
    name: str


class OpeningWindowView(View):
    """Open from `opens` to `closes`, local time; `00:00:00` closes at midnight."""

    opens: time
    closes: time


class ShopOpeningView(View):
    """Whether a shop is open, until when, and when it opens next; with its offset."""

    open_now: bool
    open_until: datetime | None
    next_opening: datetime | None
    today: list[OpeningWindowView]


class ShopStockView(View):
    """What a channel can sell of a SKU by pickup in a shop; bands where the channel shows bands."""

    sku: str
    state: StockState
    available: int | None
    band: str


class NearbyShopView(View):
    """A shop: how far, when open, what it has. `pickup_now`: all of it, by who comes now."""

    location: str
    name: str
    kind: LocationKind
    street: str
    postal_code: str
    city: str
    country: str
    latitude: float
    longitude: float
    distance_km: float
    pickup_now: bool
    opening: ShopOpeningView
    stock: list[ShopStockView]


class NearbyAnswer(View):
    """Shops by distance from `place`."""

    channel: str
    as_of: datetime
    place: SearchedPlaceView
    shops: list[NearbyShopView]


class AreaAnswer(View):
    """What a channel can sell from the locations of an area; `locations` is how many there are."""

    channel: str
    as_of: datetime
    place: SearchedPlaceView | None
    locations: int
    skus: list[AvailabilityAnswer]


@router.get("/stock/availability/nearby", response=NearbyAnswer)
@requires(SCOPE)
def read_nearby(
    request: HttpRequest,
    channel: Channel,
    sku: Skus,
    country: CountryFilter = "",
    postal_code: Text = "",
    latitude: Latitude = None,
    longitude: Longitude = None,
    radius_km: Radius = 50,
    limit: Most = 10,
    *,
    in_stock: bool = False,
) -> NearbyAnswer:
    """Tell which shops near a postal code or a point hand over up to 50 SKUs of a channel.

    `in_stock` leaves out shops that do not have all of them. A postal code that is not known is
    placed in the middle of its region, and `place.precision` says so.
    """
    moment = now()
    area = Area(country=country, postal_code=postal_code, latitude=latitude, longitude=longitude)
    question = Question.of(sku, now=moment, actor=actor_of(request))
    question.channel(channel)
    place = area.point()
    if place is None:
        raise _nowhere()
    units = question.units(channel, "pickup")
    among = question.open_to(channel) & question.basis.network.can[Capability.PICKUP]
    if in_stock:
        among = among & (units > 0).all(axis=0)
    found = question.basis.network.nearest(
        place.latitude, place.longitude, among=among, limit=limit, within_km=radius_km
    )
    display = question.display(channel)
    return NearbyAnswer(
        channel=channel,
        as_of=moment,
        place=SearchedPlaceView.model_validate(place),
        shops=[
            _shop(shop, distance, units[:, shop.index], question, display, moment)
            for shop, distance in found
        ],
    )


@router.get("/stock/availability/area", response=AreaAnswer)
@requires(SCOPE)
def read_area(
    request: HttpRequest,
    channel: Channel,
    sku: MORE_SKUS,
    country: CountryFilter = "",
    postal_code: Text = "",
    latitude: Latitude = None,
    longitude: Longitude = None,
    radius_km: Radius = 50,
    location_group: Text = "",
    department: Text = "",
) -> AreaAnswer:
    """Tell what a channel can sell of up to 200 SKUs from the locations of an area.

    Around a postal code or a point, of a `location_group`, of a `department` (the beginning of its
    postal codes, with `country`); of several conditions, all hold.
    """
    moment = now()
    area = Area(
        country=country,
        postal_code=postal_code,
        latitude=latitude,
        longitude=longitude,
        radius_km=radius_km,
        location_group=location_group,
        department=department,
    )
    question = Question.of(sku, now=moment, actor=actor_of(request))
    question.channel(channel)
    place: Place | None = area.point()
    if place is None and not location_group and not department:
        raise _nowhere()
    within = area.mask(question.basis.network, place)
    display = question.display(channel)
    return AreaAnswer(
        channel=channel,
        as_of=moment,
        place=None if place is None else SearchedPlaceView.model_validate(place),
        locations=int(np.count_nonzero(within & question.open_to(channel))),
        skus=[
            AvailabilityAnswer.of(line, display) for line in question.lines(channel, within=within)
        ],
    )


def _shop(
    shop: LocationFacts,
    distance: float,
    units: Units,
    question: Question,
    display: Display,
    moment: datetime,
) -> NearbyShopView:
    opening = shop.calendar.opening_at(moment)
    return NearbyShopView(
        location=shop.code,
        name=shop.name,
        kind=shop.kind,
        street=shop.street,
        postal_code=shop.postal_code,
        city=shop.city,
        country=shop.country,
        latitude=shop.latitude,
        longitude=shop.longitude,
        distance_km=round(distance, 1),
        pickup_now=opening.open_now and not shop.is_paused(moment) and bool((units > 0).all()),
        opening=ShopOpeningView(
            open_now=opening.open_now,
            open_until=opening.until,
            next_opening=opening.next_opening,
            today=[
                OpeningWindowView(opens=item.opens, closes=item.closes) for item in opening.today
            ],
        ),
        stock=[
            _stock(StockLine(item.code, item.category, held, 0, held), display)
            for item, held in zip(question.facts, units.tolist(), strict=True)
        ],
    )


def _stock(line: StockLine, display: Display) -> ShopStockView:
    available, band = shown(display, line.available)
    return ShopStockView(
        sku=line.sku, state=state_of(line, display), available=available, band=band
    )


def _nowhere() -> InvalidInputError:
    return InvalidInputError(
        [
            FieldProblem(
                "postal_code",
                "missing",
                "nothing says where",
                "Send country and postal_code, or latitude and longitude.",
            )
        ]
    )

"""The routes that say what may be promised."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

from django.http import HttpRequest
from ninja import Router
from pydantic import Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from chaland.journeys.quote_promise.countdown import order_within
from chaland.journeys.quote_promise.service import quote_promise, quote_promises
from chaland.journeys.quote_promise.types import (
    Missing,
    Option,
    Quote,
    QuotedLine,
    QuoteRequest,
    Source,
)
from chaland.kernel.clock import now
from chaland.kernel.errors import InvalidInputError
from chaland.kernel.money import Money
from chaland.network.types import Precision
from chaland.sourcing.types import Method
from chaland.web.authorisation import requires
from chaland.web.bulk import Unchecked, item_problems
from chaland.web.context import actor_of, present_request_id
from chaland.web.idempotency import idempotent
from chaland.web.problems import problem_of
from chaland.web.schemas import (
    BULK_LIMIT,
    Amount,
    Body,
    Code,
    Country,
    MoneyView,
    ProblemView,
    Quantity,
    View,
    example,
)

router = Router(tags=["Promises"])

MOST_LINES = 200


class BasketLineBody(Body):
    """A SKU and how many of it."""

    sku: Code
    quantity: Quantity


class DestinationBody(Body):
    """Where the basket goes. Coordinates, when given, replace the postal code's centre."""

    country: Country
    postal_code: Annotated[str, Field(min_length=1, max_length=16)]
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise PydanticCustomError("missing", "has latitude or longitude without the other")
        return self


class PromiseBody(Body):
    """A basket, where it goes, and the methods to be quoted (default: all)."""

    model_config = example(
        {
            "channel": "web",
            "lines": [{"sku": "LAMP", "quantity": 1}],
            "destination": {"country": "FR", "postal_code": "75004"},
        }
    )

    channel: Code
    lines: Annotated[list[BasketLineBody], Field(min_length=1, max_length=MOST_LINES)]
    destination: DestinationBody
    methods: Annotated[list[Method], Field(min_length=1, max_length=len(Method))] = list(Method)
    value: Annotated[
        Amount | None, Field(description="The price of the goods, in the channel's currency")
    ] = None

    def request(self) -> QuoteRequest:
        """Return what the journey asks for."""
        return QuoteRequest(
            channel=self.channel,
            lines=tuple(QuotedLine(sku=line.sku, quantity=line.quantity) for line in self.lines),
            country=self.destination.country,
            postal_code=self.destination.postal_code,
            latitude=self.destination.latitude,
            longitude=self.destination.longitude,
            methods=frozenset(self.methods),
            value=Decimal(self.value or 0),
        )


class PromisedWindowView(View):
    """Between `earliest` and `latest`, with the probability that `latest` holds.

    `basis` says where that comes from: `stated`, or `learned` from `observations` parcels. An order
    up to `order_before` gets
    the same window; the goods leave, or are ready to be collected, by `dispatch_by`. `order_within`
    puts the seconds left into words, by language; empty when none are left.
    """

    earliest: datetime
    latest: datetime
    confidence: float
    basis: str
    observations: int
    dispatch_by: datetime
    order_before: datetime
    seconds_left: int
    order_within: dict[str, str]


class ShopView(View):
    """Where the customer would collect: a shop, or a carrier's pickup point."""

    code: str
    name: str
    street: str
    postal_code: str
    city: str
    latitude: float
    longitude: float
    distance_km: float


class SourceLineView(View):
    """Units for one line of the basket (from 0); for a kit, of its components."""

    line: int
    quantity: int


class SourceView(View):
    """What one location would give."""

    location: str
    distance_km: float
    lines: list[SourceLineView]

    @classmethod
    def of(cls, source: Source) -> "SourceView":
        """Show a source."""
        return cls(
            location=source.location.code,
            distance_km=source.distance_km,
            lines=[
                SourceLineView(line=line, quantity=units)
                for line, units in sorted(source.units.items())
            ],
        )


class OptionView(View):
    """One way to get the basket; a null `service` is what an order gets that names none.

    `cost` is what it costs the retailer: `freight` (carriage) and `handling`; `price` is what the
    customer pays, null where no table of delivery prices says it. `pay_in_shop`: the goods can be
    reserved now and paid when they are collected. To a carrier's pickup point the order is shipped
    by the `service`, to the address of the `shop`.
    """

    method: Method
    service: str | None
    kind: str | None
    shop: ShopView | None
    window: PromisedWindowView
    cost: MoneyView
    freight: MoneyView
    handling: MoneyView
    price: MoneyView | None
    pay_in_shop: bool
    co2_grams: int
    sources: list[SourceView]

    @classmethod
    def of(cls, option: Option, quote: Quote) -> "OptionView":
        """Show an option."""
        window, shop = option.window, option.shop
        left = int((window.order_before - quote.as_of).total_seconds())
        return cls(
            method=option.method,
            service=option.service,
            kind=None if option.kind is None else option.kind.value,
            shop=None
            if shop is None
            else ShopView(
                code=shop.code,
                name=shop.name,
                street=shop.street,
                postal_code=shop.postal_code,
                city=shop.city,
                latitude=shop.latitude,
                longitude=shop.longitude,
                distance_km=option.shop_km,
            ),
            window=PromisedWindowView(
                earliest=window.earliest,
                latest=window.latest,
                confidence=window.confidence,
                basis=window.basis,
                observations=window.observations,
                dispatch_by=window.dispatch_by,
                order_before=window.order_before,
                seconds_left=max(left, 0),
                order_within=order_within(left),
            ),
            cost=MoneyView.of(Money.of(option.cost, quote.currency)),
            freight=MoneyView.of(Money.of(option.freight, quote.currency)),
            handling=MoneyView.of(Money.of(option.handling, quote.currency)),
            price=None
            if option.price is None
            else MoneyView.of(Money.of(option.price, quote.currency)),
            pay_in_shop=option.pay_in_shop,
            co2_grams=option.co2_grams,
            sources=[SourceView.of(source) for source in option.sources],
        )


class MissingView(View):
    """A line of the basket (from 0) of which too few units can be shipped."""

    line: int
    sku: str
    wanted: int
    available: int

    @classmethod
    def of(cls, missing: Missing) -> "MissingView":
        """Show a line that is missing units."""
        return cls.model_validate(missing)


class PlacedView(View):
    """Where the destination was taken to be.

    `precision`: `given` coordinates, the `postal_code`, or only its `region` or `department`: then
    the postal code is not known, and distances may be tens of kilometres off.
    """

    latitude: float
    longitude: float
    precision: Precision
    name: str


class QuoteView(View):
    """What may be promised now. Without options, `missing` says which lines are short."""

    channel: str
    as_of: datetime
    place: PlacedView
    options: list[OptionView]
    missing: list[MissingView]

    @classmethod
    def of(cls, found: Quote, channel: str) -> "QuoteView":
        """Show a quote."""
        return cls(
            channel=channel,
            as_of=found.as_of,
            place=PlacedView.model_validate(found.place),
            options=[OptionView.of(option, found) for option in found.options],
            missing=[MissingView.of(item) for item in found.missing],
        )


class PromisesBody(Body):
    """Up to 500 baskets, each quoted or refused for itself."""

    items: Annotated[list[Unchecked[PromiseBody]], Field(min_length=1, max_length=BULK_LIMIT)]


class QuotedItem(View):
    """What became of one basket; `index` counts from 0."""

    index: int
    status: Literal["quoted", "rejected"]
    quote: QuoteView | None = None
    problem: ProblemView | None = None


class PromisesView(View):
    """The answers, in the order of the baskets."""

    results: list[QuotedItem]


@router.post("/promises", response=QuoteView)
@requires("promises:read")
@idempotent
def quote(request: HttpRequest, body: PromiseBody) -> QuoteView:
    """Say when, how and for how much a basket can arrive: by each service, at shops and points.

    Every option comes from the function that will choose the locations when the order is placed,
    on the same stock. Nothing is reserved.
    """
    found = quote_promise(body.request(), now=now(), actor=actor_of(request))
    return QuoteView.of(found, body.channel)


@router.post("/promises/bulk", response=PromisesView)
@requires("promises:read")
@idempotent
def quote_in_bulk(request: HttpRequest, body: PromisesBody) -> PromisesView:
    """Quote up to 500 baskets together, each as if it were alone; nothing is reserved."""
    good: list[tuple[int, PromiseBody]] = []
    results: dict[int, QuotedItem] = {}
    for index, raw in enumerate(body.items):
        try:
            good.append((index, PromiseBody.model_validate(raw)))
        except ValidationError as error:
            results[index] = _refused(index, InvalidInputError(item_problems(error)))
    asked = [item.request() for _, item in good]
    quotes = quote_promises(asked, now=now(), actor=actor_of(request)) if asked else []
    for (index, item), found in zip(good, quotes, strict=True):
        if isinstance(found, InvalidInputError):
            results[index] = _refused(index, found)
        else:
            shown = QuoteView.of(found, item.channel)
            results[index] = QuotedItem(index=index, status="quoted", quote=shown)
    return PromisesView(results=[results[index] for index in range(len(body.items))])


def _refused(index: int, refusal: InvalidInputError) -> QuotedItem:
    problem = ProblemView.model_validate(problem_of(refusal, request_id=present_request_id()))
    return QuotedItem(index=index, status="rejected", problem=problem)

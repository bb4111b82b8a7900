"""The wire form of a hold: what a storefront sends for a basket, and what it is told."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from chaland.web.schemas import Body, Code, Country, Quantity, View, example

MOST_LINES = 200
SHORTEST_TTL = 1

Reference = Annotated[str, Field(max_length=100)]
Ttl = Annotated[int, Field(ge=SHORTEST_TTL)]


class HoldLineBody(Body):
    """A SKU and how many of it; from `location`, or from wherever Chaland finds best."""

    sku: Code
    quantity: Quantity
    location: Code | None = None


class ShipBasketBody(Body):
    """The basket will be sent there, by the channel's cheapest service or by the one named."""

    method: Literal["ship"]
    service: Code | None = None
    country: Country
    postal_code: Annotated[str, Field(min_length=1, max_length=16)]
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise PydanticCustomError("missing", "has latitude or longitude without the other")
        return self


class CollectBasketBody(Body):
    """The customer will collect the basket at this location."""

    method: Literal["pickup"]
    location: Code


def _method_of(delivery: Any) -> str | None:
    sent = delivery.get("method") if isinstance(delivery, dict) else None
    method = getattr(delivery, "method", sent)
    return f"<{method}>" if method in {"ship", "pickup"} else None


# Tags in angle brackets name a form, not a field: problems leave them out of a field's path.
BasketDelivery = Annotated[
    Annotated[ShipBasketBody, Tag("<ship>")] | Annotated[CollectBasketBody, Tag("<pickup>")],
    Discriminator(
        _method_of,
        custom_error_type="unknown_method",
        custom_error_message="method must be ship or pickup",
    ),
]
Lines = Annotated[list[HoldLineBody], Field(min_length=1, max_length=MOST_LINES)]


class ChangeHoldBody(Body):
    """What the basket holds from now on; what it keeps of that already stays kept."""

    model_config = example({"lines": [{"sku": "LAMP", "quantity": 1}]})

    lines: Lines
    delivery: BasketDelivery | None = None
    ttl_seconds: Ttl | None = Field(None, description="Left out: as before")


class HoldBody(Body):
    """A basket: its channel, the channel's own name of it, and what it holds.

    `delivery`, when known, lets the units be kept where the order would be sourced.
    """

    model_config = example(
        {
            "channel": "web",
            "reference": "basket-81",
            "lines": [{"sku": "LAMP", "quantity": 1}],
            "ttl_seconds": 900,
        }
    )

    channel: Code
    reference: Reference = ""
    lines: Lines
    delivery: BasketDelivery | None = None
    ttl_seconds: Ttl | None = Field(None, description="Left out: 15 minutes")


class RenewHoldBody(Body):
    """Keep the basket's units from now on for as long as before, or for so many seconds."""

    model_config = example({"ttl_seconds": 900})

    ttl_seconds: Ttl | None = None


class HeldLineView(View):
    """Units kept at one location; for a kit, of a component."""

    sku: str
    location: str
    quantity: int


class HoldView(View):
    """A hold: `open` until it was `converted` into `order`, `released`, or has `expired`.

    `lines` are what is kept, or what was kept when it ended.
    """

    id: str
    channel: str
    reference: str
    state: Literal["open", "converted", "released", "expired"]
    ttl_seconds: int
    created_at: datetime
    expires_at: datetime
    closed_at: datetime | None
    order: str | None
    lines: list[HeldLineView]

"""The wire form of an order to be placed: what a storefront, a till or a marketplace sends."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from chaland.kernel.pci import find_card_number
from chaland.web.schemas import Body, Code, Country, Currency, Moment, MoneyBody, Quantity, example

MOST_LINES = 200


def _without_card_number(text: str) -> str:
    if find_card_number(text):
        raise PydanticCustomError(
            "card_number", "looks like a payment card number; send the last four digits at most"
        )
    return text


FreeText = Annotated[str, AfterValidator(_without_card_number)]
# A name that another system gave is no free text: long order numbers pass the Luhn test by chance.
ExternalId = Annotated[str, Field(min_length=1, max_length=100)]


class CustomerBody(Body):
    """Whom the order is for; personal data goes to the customers room and nowhere else."""

    reference: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        None, description="Your own number of this customer; the same person keeps one record."
    )
    name: Annotated[FreeText, Field(min_length=1, max_length=200)]
    email: Annotated[str, Field(min_length=3, max_length=254)] | None = None
    phone: Annotated[str, Field(min_length=3, max_length=40)] | None = None
    language: Literal["fr", "en"] = "fr"


class AddressBody(Body):
    """Where the goods go. Coordinates, when given, are used instead of the postal code's centre."""

    street: Annotated[FreeText, Field(min_length=1, max_length=200)]
    postal_code: Annotated[str, Field(min_length=1, max_length=16)]
    city: Annotated[FreeText, Field(min_length=1, max_length=100)]
    country: Country
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None


class ShipBody(Body):
    """Delivery to an address, by the channel's cheapest service or by the one named."""

    method: Literal["ship"]
    service: Code | None = None
    address: AddressBody


class PickupBody(Body):
    """Click & collect: the customer comes to this location."""

    method: Literal["pickup"]
    location: Code


def _method_of(delivery: Any) -> str | None:
    """Return the tag of the form that *delivery*, sent or read, claims to have."""
    sent = delivery.get("method") if isinstance(delivery, dict) else None
    method = getattr(delivery, "method", sent)
    return f"<{method}>" if method in {"ship", "pickup"} else None


# Tags in angle brackets name a form, not a field: problems leave them out of a field's path.
DeliveryBody = Annotated[
    Annotated[ShipBody, Tag("<ship>")] | Annotated[PickupBody, Tag("<pickup>")],
    Discriminator(
        _method_of,
        custom_error_type="unknown_method",
        custom_error_message="method must be ship or pickup",
    ),
]


class LineBody(Body):
    """One line: a SKU, how many, and the price of one unit, taxes included."""

    line_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    sku: Code
    quantity: Quantity
    unit_price: MoneyBody


class OrderBody(Body):
    """An order as a channel sends it; (channel, external_id) names it for ever."""

    model_config = example(
        {
            "channel": "web",
            "external_id": "W-1001",
            "placed_at": "2026-11-20T10:00:00+01:00",
            "currency": "EUR",
            "customer": {"name": "Camille Martin", "email": "camille@example.org"},
            "delivery": {
                "method": "ship",
                "address": {
                    "street": "8 rue de Rivoli",
                    "postal_code": "75004",
                    "city": "Paris",
                    "country": "FR",
                },
            },
            "lines": [
                {
                    "sku": "LAMP",
                    "quantity": 2,
                    "unit_price": {"amount": "12.90", "currency": "EUR"},
                }
            ],
            "shipping": {"amount": "4.90", "currency": "EUR"},
        }
    )

    channel: Code
    external_id: ExternalId
    placed_at: Moment = Field(description="When the customer ordered, with its offset")
    currency: Currency
    customer: CustomerBody
    delivery: DeliveryBody
    lines: Annotated[list[LineBody], Field(min_length=1, max_length=MOST_LINES)]
    shipping: MoneyBody | None = Field(None, description="What the customer pays for delivery")
    hold: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        None, description="The hold of the customer's basket, `hld_…`: its units are this order's"
    )
    basket: Annotated[str, Field(max_length=100)] | None = Field(
        None, description="Your own name of that basket; a hold of another one is refused"
    )
    note: Annotated[FreeText, Field(max_length=1000)] = ""
    tags: Annotated[
        list[Annotated[FreeText, Field(min_length=1, max_length=40)]], Field(max_length=20)
    ] = []

"""Turn a planned order into the body that the API takes."""

from dataclasses import dataclass
from typing import Any

from chaland.replay.destinations import Destination, Destinations
from chaland.replay.types import PlannedOrder


@dataclass(frozen=True, slots=True)
class BodyMaker:
    """How this replay's orders look: their channel, their currency and where they go."""

    channel: str
    currency: str
    destinations: Destinations

    def __call__(self, order: PlannedOrder) -> dict[str, Any]:
        """Return the body of *order*; the same order gives the same body each time."""
        invoice = order.external_id.partition(".")[0]
        return {
            "channel": self.channel,
            "external_id": order.external_id,
            "placed_at": order.at.isoformat(),
            "currency": self.currency,
            "customer": _customer(order.customer),
            "delivery": {"method": "ship", "address": _address(self.destinations.of(invoice))},
            "lines": [
                {
                    "line_id": line.line_id,
                    "sku": line.sku,
                    "quantity": line.quantity,
                    "unit_price": money(line.cents, self.currency),
                }
                for line in order.lines
            ],
        }


def money(cents: int, currency: str) -> dict[str, str]:
    """Return hundredths of a currency unit in the wire form."""
    return {"amount": f"{cents // 100}.{cents % 100:02d}", "currency": currency}


def _customer(reference: str | None) -> dict[str, str]:
    if reference is None:
        return {"name": "Unnamed customer"}
    return {"reference": f"replay-{reference}", "name": f"Customer {reference}"}


def _address(place: Destination) -> dict[str, Any]:
    address: dict[str, Any] = {
        "street": "1 place de la Mairie",
        "postal_code": place.postal_code,
        "city": place.city,
        "country": "FR",
    }
    if place.latitude is not None and place.longitude is not None:
        address |= {"latitude": place.latitude, "longitude": place.longitude}
    return address

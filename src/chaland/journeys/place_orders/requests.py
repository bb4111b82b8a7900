"""From an order as it was sent to a request to place it, checked before it joins a batch."""

import hashlib

from chaland.customers.operations import checked_person
from chaland.customers.types import Address, PersonDraft
from chaland.journeys.place_orders.body import AddressBody, OrderBody, ShipBody
from chaland.journeys.place_orders.types import PlacementRequest
from chaland.kernel.actor import Actor

_APART = {"hold", "basket"}


def placement_request(
    body: OrderBody,
    *,
    actor: Actor,
    idempotency_key: str | None = None,
    request_hash: bytes = b"",
) -> PlacementRequest:
    """Make the request of one order. Raises InvalidInputError naming the customer's fields."""
    return PlacementRequest(
        body=body,
        person=_person(body),
        actor=actor,
        # The same for every order that means the same, however it was written, and whatever was
        # kept for it before.
        content_hash=hashlib.sha256(body.model_dump_json(exclude=_APART).encode()).digest(),
        request_hash=request_hash,
        idempotency_key=idempotency_key,
    )


def _person(order: OrderBody) -> PersonDraft:
    """Return the order's customer, checked. Raises InvalidInputError naming the fields."""
    customer = order.customer
    address = order.delivery.address if isinstance(order.delivery, ShipBody) else None
    return checked_person(
        PersonDraft(
            name=customer.name,
            email=customer.email or "",
            phone=customer.phone or "",
            language=customer.language,
            country=address.country if address else "",
            reference=customer.reference or "",
            address=_address(address) if address else None,
        )
    )


def _address(address: AddressBody) -> Address:
    return Address(
        street=address.street,
        postal_code=address.postal_code,
        city=address.city,
        country=address.country,
    )

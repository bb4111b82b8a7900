"""How the work of a site, and the person it is for, look to a client."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chaland.customers.types import Contact
from chaland.fulfilment.types import (
    FULFILMENT_PREFIX,
    PARCEL_PREFIX,
    FulfilmentLineView,
    FulfilmentMethod,
    FulfilmentState,
    ParcelView,
)
from chaland.fulfilment.types import LINE_PREFIX as FULFILMENT_LINE_PREFIX
from chaland.journeys.order_page import Part
from chaland.kernel.ids import to_public
from chaland.orders.types import LINE_PREFIX, ORDER_PREFIX
from chaland.web.schemas import View


class DeliveryAddressView(View):
    """Where a parcel is delivered."""

    recipient: str
    street: str
    complement: str
    postal_code: str
    city: str
    country: str


class PersonView(View):
    """Who ordered, for keys with ``customers:read``; all empty after an erasure."""

    id: str
    reference: str
    name: str
    email: str
    phone: str
    language: str
    address: DeliveryAddressView | None


class WorkLineView(View):
    """Units of a SKU that a site gives; ``to_give`` is what was neither refused nor cancelled."""

    id: str
    order_line: str
    sku: str
    quantity: int
    to_give: int
    picked: int
    refused: int
    cancelled: int

    @classmethod
    def of(cls, line: FulfilmentLineView) -> "WorkLineView":
        """Show a line."""
        return cls(
            id=to_public(FULFILMENT_LINE_PREFIX, line.id),
            order_line=to_public(LINE_PREFIX, line.order_line_id),
            sku=line.sku_code,
            quantity=line.quantity,
            to_give=line.to_give,
            picked=line.picked,
            refused=line.refused,
            cancelled=line.cancelled,
        )


class ParcelContentView(View):
    """Units of a fulfilment line in a parcel."""

    line: str
    quantity: int


class ShippedParcelView(View):
    """A parcel and what is in it."""

    id: str
    service: str | None
    tracking_number: str
    weight_grams: int | None
    expected_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    lines: list[ParcelContentView]

    @classmethod
    def of(cls, parcel: ParcelView) -> "ShippedParcelView":
        """Show a parcel."""
        return cls(
            id=to_public(PARCEL_PREFIX, parcel.id),
            service=parcel.service_code,
            tracking_number=parcel.tracking_number,
            weight_grams=parcel.weight_grams,
            expected_at=parcel.expected_at,
            shipped_at=parcel.shipped_at,
            delivered_at=parcel.delivered_at,
            lines=[
                ParcelContentView(line=to_public(FULFILMENT_LINE_PREFIX, line_id), quantity=units)
                for line_id, units in parcel.lines.items()
            ],
        )


class FulfilmentOrderView(View):
    """One site's part of an order; ``actions`` are possible now.

    ``dispatch_by`` is when the goods must leave, or be ready, for the promise to hold; ``late_at``
    is when it was found to have missed a promised moment.
    """

    id: str
    order: str
    external_id: str
    channel: str
    location: str
    location_name: str
    method: FulfilmentMethod
    service: str | None
    state: FulfilmentState
    sequence: int
    dispatch_by: datetime | None
    promise_earliest: datetime | None
    promise_latest: datetime | None
    release_at: datetime
    released_at: datetime | None
    accepted_at: datetime | None
    picked_at: datetime | None
    packed_at: datetime | None
    ready_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    collected_at: datetime | None
    refused_at: datetime | None
    cancelled_at: datetime | None
    late_at: datetime | None
    refusal_reason: str
    lines: list[WorkLineView]
    parcels: list[ShippedParcelView]
    actions: list[str]
    version: int

    @classmethod
    def of(cls, part: Part) -> "FulfilmentOrderView":
        """Show a site's part of an order."""
        return cls(**_part_fields(part))


class FulfilmentOrderDetail(FulfilmentOrderView):
    """One site's part of an order, with who it is for where the key may read customers."""

    customer: PersonView | None

    @classmethod
    def with_customer(cls, part: Part, contact: Contact | None) -> "FulfilmentOrderDetail":
        """Show a site's part of an order and whom it is for."""
        return cls(**_part_fields(part), customer=person_view(contact, part.order.customer_address))


def _part_fields(part: Part) -> Mapping[str, Any]:
    view = part.fulfilment
    same = {
        name: getattr(view, name)
        for name in FulfilmentOrderView.model_fields
        if hasattr(view, name)
    }
    return {
        **same,
        "id": to_public(FULFILMENT_PREFIX, view.id),
        "order": to_public(ORDER_PREFIX, view.order_id),
        "external_id": part.order.external_id,
        "channel": part.channel,
        "location": part.location.code,
        "location_name": part.location.name,
        "service": view.service_code,
        "lines": [WorkLineView.of(line) for line in part.lines],
        "parcels": [ShippedParcelView.of(parcel) for parcel in part.parcels],
        "actions": list(part.actions),
    }


def person_view(contact: Contact | None, address_no: int) -> PersonView | None:
    """Show a person with the address that an order is for; None for nobody."""
    if contact is None:
        return None
    address = contact.address(address_no)
    return PersonView(
        id=to_public("cus", contact.id),
        reference=contact.reference,
        name=contact.name,
        email=contact.email,
        phone=contact.phone,
        language=contact.language,
        address=None if address is None else DeliveryAddressView.model_validate(address),
    )

"""People who sign in to the screens of the small retailer."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client

from chaland.access.operations import create_user
from chaland.access.types import Role
from chaland.fulfilment.queries import by_id
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM
from chaland.kernel.ids import from_public
from tests.retailer import Retailer

PASSWORD = "garden-lantern-tramway-7"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def make_person(role: Role, **limits: Any) -> str:
    """Make a user with this role and these limits; return the e-mail address."""
    email = f"{role.value}-{len(limits)}@example.org"
    with transaction.atomic():
        create_user(
            email=email,
            display_name=f"Ada {role.value.title()}",
            role=role.value,
            password=PASSWORD,
            now=clock.now(),
            actor=SYSTEM,
            **limits,
        )
    return email


def sign_in(role: Role, language: str = "en", **limits: Any) -> Client:
    """Return a browser in which somebody with this role is signed in."""
    email = make_person(role, **limits)
    client = Client(headers={"accept-language": language})
    client.force_login(get_user_model().objects.get(email=email), backend=BACKEND)
    return client


def pickup(retailer: Retailer, shop: str = "SHOP-PARIS", **units: int) -> Any:
    """Place an order to be collected at a shop, and release it; return the answer's body."""
    order = retailer.place(units or {"LAMP": 2}, delivery={"method": "pickup", "location": shop})
    release(retailer, order)
    return order


def release(retailer: Retailer, order: Any) -> list[str]:
    """Tell the sites of an order to start; return the ids of its fulfilment orders."""
    ids = [part["id"] for part in order["fulfilment_orders"]]
    for fulfilment_id in ids:
        answer = retailer.client.post(f"/fulfilment-orders/{fulfilment_id}/release")
        assert answer.status in {200, 409}, answer.body  # no delay: it may be released already
    return ids


def pickup_code(fulfilment_id: str) -> str:
    """Return the code that the customer was given; no interface tells it to anybody else."""
    found = from_public("ful", fulfilment_id)
    return by_id([found])[found].pickup_code


def state_of(retailer: Retailer, fulfilment_id: str) -> str:
    """Return the state of a fulfilment order as the API tells it."""
    return str(retailer.client.get(f"/fulfilment-orders/{fulfilment_id}").body["state"])

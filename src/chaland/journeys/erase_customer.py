"""Erase a person: the right to erasure (GDPR, article 17), once nothing is under way to them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from chaland.customers import operations as customers
from chaland.customers import queries as customer_queries
from chaland.customers.types import Contact
from chaland.journeys.visibility import is_restricted
from chaland.kernel.actor import Actor
from chaland.kernel.errors import ConflictError, DomainError, NotFoundError
from chaland.kernel.ids import to_public
from chaland.orders import operations as orders
from chaland.orders import queries as order_queries


@transaction.atomic
def erase_customers(
    *, customer_ids: Sequence[UUID], reason: str, now: datetime, actor: Actor
) -> list[Contact]:
    """Make people unreadable for good, and return what is left of them, in the order given.

    Their key is destroyed, the notes of their orders are emptied and the places of delivery are
    blurred; amounts, VAT and numbers of documents stay. Erasing twice is harmless. Raises
    NotFoundError, DomainError (403) for an actor limited to some organisations, and ConflictError
    ``customer_has_open_orders`` as long as something is under way to one of them.
    """
    if is_restricted(actor):
        raise DomainError(
            code="limited_key",
            message="A person may be every organisation's customer; your key is limited to some.",
            status=403,
            fix="Ask an administrator for a key without limits on organisations and locations.",
        )
    known = customer_queries.contacts(customer_ids)
    for customer_id in customer_ids:
        if customer_id not in known:
            raise NotFoundError("customer", to_public("cus", customer_id))
    _refuse_while_under_way(customer_ids)
    erased = customers.erase(customer_ids=customer_ids, reason=reason, now=now, actor=actor)
    orders.forget_customers(customer_ids=erased)
    left = customer_queries.contacts(customer_ids)
    return [left[customer_id] for customer_id in customer_ids]


def _refuse_while_under_way(customer_ids: Sequence[UUID]) -> None:
    under_way = order_queries.under_way_to(customer_ids)
    if under_way:
        raise ConflictError(
            "customer_has_open_orders",
            "Something is still under way to this customer.",
            fix="Wait until these orders are completed, or cancel them; then erase.",
            orders=[to_public("ord", order_id) for order_id in under_way],
        )

"""The route that erases a person."""

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from chaland.customers.queries import contact
from chaland.journeys.erase_customer import erase_customers
from chaland.kernel.clock import now
from chaland.kernel.ids import from_public, to_public
from chaland.web.authorisation import require_unlimited, requires
from chaland.web.context import actor_of
from chaland.web.etags import check_if_match
from chaland.web.idempotency import idempotent
from chaland.web.schemas import Body, View, example

router = Router(tags=["Customers"])


class EraseBody(Body):
    """Why the person is erased, for the audit log; no personal data."""

    model_config = example({"reason": "Request of 20 November, article 17."})

    reason: Annotated[str, Field(min_length=1, max_length=200)]


class ErasedView(View):
    """What is left of the person: an id that leads to nobody."""

    id: str
    erased_at: datetime | None


@router.post("/customers/{customer_id}/erase", response=ErasedView)
@requires("customers:write")
@idempotent
def erase_customer(request: HttpRequest, customer_id: str, body: EraseBody) -> ErasedView:
    """Make a person's data unreadable for good. Amounts and documents stay. Twice is harmless.

    409 `customer_has_open_orders` as long as something is under way to the customer.
    """
    require_unlimited(actor_of(request))
    found = from_public("cus", customer_id)
    check_if_match(request, contact(found).version)
    [left] = erase_customers(
        customer_ids=[found],
        reason=body.reason,
        now=now(),
        actor=actor_of(request),
    )
    return ErasedView(id=to_public("cus", left.id), erased_at=left.erased_at)

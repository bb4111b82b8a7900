"""Routes of the customers room. There is no list: people are looked up, not browsed."""

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from chaland.customers import queries
from chaland.customers.types import Contact
from chaland.kernel.errors import FieldProblem, InvalidInputError
from chaland.kernel.ids import from_public, to_public
from chaland.web.authorisation import require_unlimited, requires
from chaland.web.context import actor_of
from chaland.web.etags import set_etag
from chaland.web.pagination import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    decode_id,
    encode_cursor,
    next_url,
)
from chaland.web.schemas import View

router = Router(tags=["Customers"])

Search = Annotated[str, Query(max_length=254)]


class AddressView(View):
    """Where something was delivered."""

    recipient: str
    street: str
    complement: str
    postal_code: str
    city: str
    country: str


class CustomerView(View):
    """A person. After an erasure everything but the id and the times is empty."""

    id: str
    reference: str
    name: str
    email: str
    phone: str
    language: str
    country: str
    addresses: list[AddressView]
    created_at: datetime
    erased_at: datetime | None
    version: int

    @classmethod
    def of(cls, contact: Contact) -> "CustomerView":
        """Show a person."""
        return cls(
            id=to_public("cus", contact.id),
            reference=contact.reference,
            name=contact.name,
            email=contact.email,
            phone=contact.phone,
            language=contact.language,
            country=contact.country,
            addresses=[AddressView.model_validate(item) for item in contact.addresses],
            created_at=contact.created_at,
            erased_at=contact.erased_at,
            version=contact.version,
        )


@router.get("/customers", response=Page[CustomerView])
@requires("customers:read")
def find_customers(
    request: HttpRequest,
    email: Search = "",
    phone: Search = "",
    reference: Search = "",
    name: Search = "",
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[CustomerView]:
    """Find people by exact e-mail address, phone, reference, or by family name; newest first.

    Give one of the four; capitals, accents and the way a phone is written do not matter.
    """
    require_unlimited(actor_of(request))
    given = {"email": email, "phone": phone, "reference": reference, "name": name}
    if sum(bool(value.strip()) for value in given.values()) != 1:
        raise InvalidInputError(
            [
                FieldProblem(
                    "email",
                    "one_needed",
                    "exactly one search field is needed",
                    "Send one of email, phone, reference and name.",
                )
            ]
        )
    found = queries.find(**given, before=decode_id(cursor, "cus"), limit=limit + 1)
    items = [CustomerView.of(item) for item in found[:limit]]
    end = encode_cursor([items[-1].id]) if len(found) > limit else None
    return Page(items=items, next=next_url(request, end))


@router.get("/customers/{customer_id}", response=CustomerView)
@requires("customers:read")
def get_customer(request: HttpRequest, customer_id: str, response: HttpResponse) -> CustomerView:
    """Read who a customer is."""
    require_unlimited(actor_of(request))
    found = queries.contact(from_public("cus", customer_id))
    set_etag(response, found.version)
    return CustomerView.of(found)

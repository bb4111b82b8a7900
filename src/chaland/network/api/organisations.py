"""Routes of organisations."""

from collections.abc import Sequence
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from pydantic import Field

from chaland.kernel.clock import now
from chaland.kernel.outcomes import WriteOutcome
from chaland.network import operations, queries
from chaland.network.api.writing import put_one
from chaland.network.types import (
    AgreementDraft,
    OrganisationDraft,
    OrganisationFacts,
    OrganisationKind,
)
from chaland.web.authorisation import requires
from chaland.web.bulk import ItemsBody, write_items
from chaland.web.context import actor_of
from chaland.web.etags import set_etag
from chaland.web.idempotency import idempotent
from chaland.web.pagination import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    after_code,
    page_by_code,
)
from chaland.web.schemas import Body, BulkAnswer, Code, Country, Line, View, example

router = Router()

Search = Annotated[str, Field(max_length=200)]


class OrganisationBody(Body):
    """A legal entity; `parent` is the code of the organisation above it, empty for none."""

    model_config = example({"name": "Nord et fils SARL", "kind": "franchisee", "country": "FR"})

    name: Line
    kind: OrganisationKind
    country: Country
    parent: Code | None = None
    vat_number: Annotated[str, Field(max_length=20)] = ""
    active: bool = True

    def draft(self, code: str) -> OrganisationDraft:
        """Return the draft of the organisation called *code*."""
        return OrganisationDraft(
            code=code,
            name=self.name,
            kind=self.kind,
            country=self.country,
            parent=self.parent or "",
            vat_number=self.vat_number,
            active=self.active,
        )


class OrganisationItem(OrganisationBody):
    """An organisation of a bulk request."""

    model_config = example(
        {"code": "nord", "name": "Nord et fils SARL", "kind": "franchisee", "country": "FR"}
    )

    code: Code


class AgreementBody(Body):
    """The channels that may sell the organisation's stock: these and no others."""

    model_config = example({"channels": ["web"]})

    channels: Annotated[list[Code], Field(max_length=500)]


class OrganisationView(View):
    """A legal entity that owns locations and the stock in them.

    `channels` may sell its stock. They count for franchisees, affiliates, merchants and suppliers;
    the stock of the group and its subsidiaries is every channel's.
    """

    code: str
    name: str
    kind: OrganisationKind
    country: str
    parent: str | None
    vat_number: str
    active: bool
    channels: list[str]
    version: int

    @classmethod
    def of(cls, facts: OrganisationFacts) -> "OrganisationView":
        """Show an organisation."""
        return cls(
            code=facts.code,
            name=facts.name,
            kind=facts.kind,
            country=facts.country,
            parent=facts.parent or None,
            vat_number=facts.vat_number,
            active=facts.active,
            channels=sorted(facts.channels),
            version=facts.version,
        )


@router.get("/organisations", response=Page[OrganisationView])
@requires("network:read")
def list_organisations(
    request: HttpRequest,
    q: Search = "",
    kind: OrganisationKind | None = None,
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[OrganisationView]:
    """List the organisations you may see, by code; `q` is looked for in code and name."""
    after = after_code(cursor)
    found = queries.list_organisations(
        actor=actor_of(request), q=q, kind=kind, after=after, limit=limit + 1
    )
    return page_by_code(request, found, limit, OrganisationView.of)


# Before the routes by code: Django takes the first path that fits.
@router.post("/organisations/bulk", response=BulkAnswer)
@requires("network:write")
@idempotent
def put_organisations_in_bulk(
    request: HttpRequest, body: ItemsBody[OrganisationItem]
) -> BulkAnswer:
    """Make or replace up to 500 organisations, each for itself; items also carry `code`."""

    def write(items: Sequence[OrganisationItem]) -> list[WriteOutcome]:
        return operations.upsert_organisations(
            drafts=[item.draft(item.code) for item in items],
            now=now(),
            actor=actor_of(request),
            reason=body.reason,
        )

    return write_items(body, OrganisationItem, write)


@router.get("/organisations/{code}", response=OrganisationView)
@requires("network:read")
def get_organisation(request: HttpRequest, code: Code, response: HttpResponse) -> OrganisationView:
    """Read one organisation."""
    found = queries.organisation(code, actor=actor_of(request))
    set_etag(response, found.version)
    return OrganisationView.of(found)


@router.put("/organisations/{code}", response={200: OrganisationView, 201: OrganisationView})
@requires("network:write")
def put_organisation(
    request: HttpRequest, code: Code, body: OrganisationBody, response: HttpResponse
) -> Status[OrganisationView]:
    """Make an organisation, or replace its values. `If-Match` guards against lost updates."""
    actor = actor_of(request)
    outcome = put_one(
        request,
        version=lambda: queries.organisation_version(code),
        write=lambda: operations.upsert_organisations(
            drafts=[body.draft(code)], now=now(), actor=actor
        ),
    )
    set_etag(response, outcome.version)
    shown = OrganisationView.of(queries.organisation(code, actor=actor))
    return Status(201 if outcome.status == "created" else 200, shown)


@router.put("/organisations/{code}/channels", response=OrganisationView)
@requires("stock:share")
def put_agreement(
    request: HttpRequest, code: Code, body: AgreementBody, response: HttpResponse
) -> OrganisationView:
    """Agree to the channels that may sell the stock of an organisation that owns its own.

    By the owner, or by who sees the whole group. What is ordered already stays ordered.
    """
    actor = actor_of(request)
    queries.organisation(code, actor=actor)
    draft = AgreementDraft(organisation=code, channels=frozenset(body.channels))
    outcome = put_one(
        request,
        version=lambda: queries.organisation_version(code),
        write=lambda: operations.agree_to_channels(drafts=[draft], now=now(), actor=actor),
    )
    set_etag(response, outcome.version)
    return OrganisationView.of(queries.organisation(code, actor=actor))

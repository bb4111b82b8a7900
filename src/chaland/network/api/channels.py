"""Routes of channels."""

from collections.abc import Sequence
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from pydantic import Field

from chaland.kernel.clock import now
from chaland.kernel.outcomes import WriteOutcome
from chaland.network import operations, queries
from chaland.network.api.writing import put_one
from chaland.network.types import ChannelDraft, ChannelFacts, ChannelKind
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
from chaland.web.schemas import Body, BulkAnswer, Code, Country, Currency, Line, View, example

router = Router()

Search = Annotated[str, Field(max_length=200)]


class ChannelBody(Body):
    """Where orders come from; `pool` is a location group's code, null for every location.

    `release_delay_minutes` is how long an order waits before a site may see it.
    """

    model_config = example(
        {"name": "Web shop", "kind": "web", "currency": "EUR", "countries": ["FR"]}
    )

    name: Line
    kind: ChannelKind
    currency: Currency
    countries: Annotated[frozenset[Country], Field(min_length=1, max_length=60)]
    brand: Annotated[str, Field(max_length=200)] = ""
    pool: Code | None = None
    release_delay_minutes: Annotated[int, Field(ge=0, le=10_080)] = 0
    active: bool = True

    def draft(self, code: str) -> ChannelDraft:
        """Return the draft of the channel called *code*."""
        return ChannelDraft(
            code=code,
            name=self.name,
            kind=self.kind,
            currency=self.currency,
            countries=self.countries,
            brand=self.brand,
            pool=self.pool or "",
            release_delay_minutes=self.release_delay_minutes,
            active=self.active,
        )


class ChannelItem(ChannelBody):
    """A channel of a bulk request."""

    model_config = example(
        {"code": "web", "name": "Web shop", "kind": "web", "currency": "EUR", "countries": ["FR"]}
    )

    code: Code


class ChannelView(View):
    """Where orders come from, and whose stock they may take."""

    code: str
    name: str
    kind: ChannelKind
    brand: str
    currency: str
    countries: list[str]
    pool: str | None
    release_delay_minutes: int
    active: bool
    version: int

    @classmethod
    def of(cls, facts: ChannelFacts) -> "ChannelView":
        """Show a channel."""
        return cls(
            code=facts.code,
            name=facts.name,
            kind=facts.kind,
            brand=facts.brand,
            currency=facts.currency,
            countries=sorted(facts.countries),
            pool=facts.pool or None,
            release_delay_minutes=facts.release_delay_minutes,
            active=facts.active,
            version=facts.version,
        )


@router.get("/channels", response=Page[ChannelView])
@requires("network:read")
def list_channels(
    request: HttpRequest, q: Search = "", cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[ChannelView]:
    """List the channels by code; `q` is looked for in code and name."""
    after = after_code(cursor)
    found = queries.list_channels(q=q, after=after, limit=limit + 1)
    return page_by_code(request, found, limit, ChannelView.of)


# Before the routes by code: Django takes the first path that fits.
@router.post("/channels/bulk", response=BulkAnswer)
@requires("network:write")
@idempotent
def put_channels_in_bulk(request: HttpRequest, body: ItemsBody[ChannelItem]) -> BulkAnswer:
    """Make or replace up to 500 channels, each for itself; items also carry `code`."""

    def write(items: Sequence[ChannelItem]) -> list[WriteOutcome]:
        return operations.upsert_channels(
            drafts=[item.draft(item.code) for item in items],
            now=now(),
            actor=actor_of(request),
            reason=body.reason,
        )

    return write_items(body, ChannelItem, write)


@router.get("/channels/{code}", response=ChannelView)
@requires("network:read")
def get_channel(request: HttpRequest, code: Code, response: HttpResponse) -> ChannelView:
    """Read one channel."""
    del request
    found = queries.channel(code)
    set_etag(response, found.version)
    return ChannelView.of(found)


@router.put("/channels/{code}", response={200: ChannelView, 201: ChannelView})
@requires("network:write")
def put_channel(
    request: HttpRequest, code: Code, body: ChannelBody, response: HttpResponse
) -> Status[ChannelView]:
    """Make a channel, or replace its values. `If-Match` guards against lost updates."""
    outcome = put_one(
        request,
        version=lambda: queries.channel_version(code),
        write=lambda: operations.upsert_channels(
            drafts=[body.draft(code)], now=now(), actor=actor_of(request)
        ),
    )
    set_etag(response, outcome.version)
    shown = ChannelView.of(queries.channel(code))
    return Status(201 if outcome.status == "created" else 200, shown)

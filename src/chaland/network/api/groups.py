"""Routes of location groups."""

from collections.abc import Sequence
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from pydantic import Field

from chaland.kernel.clock import now
from chaland.kernel.outcomes import WriteOutcome
from chaland.network import operations, queries
from chaland.network.api.writing import put_one
from chaland.network.types import LocationGroupDraft, LocationGroupFacts
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
from chaland.web.schemas import Body, BulkAnswer, Code, Line, View, example

router = Router()

Search = Annotated[str, Field(max_length=200)]


class LocationGroupBody(Body):
    """A named set of locations; `locations` are codes, and replace the present members."""

    model_config = example({"name": "Pilot shops", "locations": ["SHOP-PARIS", "SHOP-LYON"]})

    name: Line
    locations: Annotated[list[Code], Field(max_length=20_000)] = []

    def draft(self, code: str) -> LocationGroupDraft:
        """Return the draft of the group called *code*."""
        return LocationGroupDraft(code=code, name=self.name, locations=tuple(self.locations))


class LocationGroupItem(LocationGroupBody):
    """A location group of a bulk request."""

    model_config = example(
        {"code": "pilots", "name": "Pilot shops", "locations": ["SHOP-PARIS", "SHOP-LYON"]}
    )

    code: Code


class LocationGroupView(View):
    """A named set of locations, for pools, rules and pilots."""

    code: str
    name: str
    locations: list[str]
    version: int

    @classmethod
    def of(cls, facts: LocationGroupFacts) -> "LocationGroupView":
        """Show a location group."""
        return cls(
            code=facts.code,
            name=facts.name,
            locations=list(facts.locations),
            version=facts.version,
        )


@router.get("/location-groups", response=Page[LocationGroupView])
@requires("network:read")
def list_location_groups(
    request: HttpRequest, q: Search = "", cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[LocationGroupView]:
    """List the location groups by code; `q` is looked for in code and name."""
    after = after_code(cursor)
    found = queries.list_groups(q=q, after=after, limit=limit + 1)
    return page_by_code(request, found, limit, LocationGroupView.of)


# Before the routes by code: Django takes the first path that fits.
@router.post("/location-groups/bulk", response=BulkAnswer)
@requires("network:write")
@idempotent
def put_location_groups_in_bulk(
    request: HttpRequest, body: ItemsBody[LocationGroupItem]
) -> BulkAnswer:
    """Make or replace up to 500 location groups, each for itself; items also carry `code`."""

    def write(items: Sequence[LocationGroupItem]) -> list[WriteOutcome]:
        return operations.upsert_location_groups(
            drafts=[item.draft(item.code) for item in items],
            now=now(),
            actor=actor_of(request),
            reason=body.reason,
        )

    return write_items(body, LocationGroupItem, write)


@router.get("/location-groups/{code}", response=LocationGroupView)
@requires("network:read")
def get_location_group(
    request: HttpRequest, code: Code, response: HttpResponse
) -> LocationGroupView:
    """Read one location group."""
    del request
    found = queries.group(code)
    set_etag(response, found.version)
    return LocationGroupView.of(found)


@router.put("/location-groups/{code}", response={200: LocationGroupView, 201: LocationGroupView})
@requires("network:write")
def put_location_group(
    request: HttpRequest, code: Code, body: LocationGroupBody, response: HttpResponse
) -> Status[LocationGroupView]:
    """Make a location group, or replace its name and members."""
    outcome = put_one(
        request,
        version=lambda: queries.group_version(code),
        write=lambda: operations.upsert_location_groups(
            drafts=[body.draft(code)], now=now(), actor=actor_of(request)
        ),
    )
    set_etag(response, outcome.version)
    shown = LocationGroupView.of(queries.group(code))
    return Status(201 if outcome.status == "created" else 200, shown)

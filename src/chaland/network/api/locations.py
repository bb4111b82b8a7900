"""Routes of locations, their pause included."""

from collections.abc import Sequence
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status
from pydantic import Field

from chaland.kernel.clock import now
from chaland.kernel.outcomes import WriteOutcome
from chaland.network import operations, queries
from chaland.network.api.location_bodies import (
    LocationBody,
    LocationItem,
    LocationView,
    PauseBody,
    ResumeBody,
)
from chaland.network.api.writing import put_one
from chaland.network.types import LocationKind, Pause
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
    decode_cursor,
    encode_cursor,
    next_url,
)
from chaland.web.schemas import BulkAnswer, Code

router = Router()

Search = Annotated[str, Field(max_length=200)]


@router.get("/locations", response=Page[LocationView])
@requires("network:read")
def list_locations(
    request: HttpRequest,
    q: Search = "",
    kind: LocationKind | None = None,
    organisation: Annotated[str, Query(max_length=64)] = "",
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[LocationView]:
    """List the locations you may see, by code; `q` is looked for in code and name."""
    after = decode_cursor(cursor, str)[0] if cursor else ""
    found = queries.list_locations(
        actor=actor_of(request),
        q=q,
        kind=kind,
        organisation=organisation,
        after=after,
        limit=limit + 1,
    )
    end = encode_cursor([found[limit - 1].code]) if len(found) > limit else None
    moment = now()
    return Page(
        items=[LocationView.of(item, now=moment) for item in found[:limit]],
        next=next_url(request, end),
    )


# Before the routes by code: Django takes the first path that fits.
@router.post("/locations/bulk", response=BulkAnswer)
@requires("network:write")
@idempotent
def put_locations_in_bulk(request: HttpRequest, body: ItemsBody[LocationItem]) -> BulkAnswer:
    """Make or replace up to 500 locations, each for itself; items also carry `code`."""

    def write(items: Sequence[LocationItem]) -> list[WriteOutcome]:
        return operations.upsert_locations(
            drafts=[item.draft(item.code) for item in items],
            now=now(),
            actor=actor_of(request),
            reason=body.reason,
        )

    return write_items(body, LocationItem, write)


@router.get("/locations/{code}", response=LocationView)
@requires("network:read")
def get_location(request: HttpRequest, code: Code, response: HttpResponse) -> LocationView:
    """Read one location."""
    found = queries.location(code, actor=actor_of(request))
    set_etag(response, found.version)
    return LocationView.of(found, now=now())


@router.put("/locations/{code}", response={200: LocationView, 201: LocationView})
@requires("network:write")
def put_location(
    request: HttpRequest, code: Code, body: LocationBody, response: HttpResponse
) -> Status[LocationView]:
    """Make a location, or replace its values. `If-Match` guards against lost updates.

    `hours` and `closures` that are left out stay as they are, and so do the coordinates as long as
    the postal code is the same.
    """
    actor, moment = actor_of(request), now()
    outcome = put_one(
        request,
        version=lambda: queries.location_version(code),
        write=lambda: operations.upsert_locations(
            drafts=[body.draft(code)], now=moment, actor=actor
        ),
    )
    set_etag(response, outcome.version)
    shown = LocationView.of(queries.location(code, actor=actor), now=moment)
    return Status(201 if outcome.status == "created" else 200, shown)


@router.post("/locations/{code}/pause", response=LocationView)
@requires("network:write")
@idempotent
def pause_location(
    request: HttpRequest, code: Code, body: PauseBody, response: HttpResponse
) -> LocationView:
    """Let a location take no new work, until a time or until further notice."""
    actor, moment = actor_of(request), now()
    pause = Pause(reason=body.reason, until=body.until)
    queries.location(code, actor=actor)
    outcome = put_one(
        request,
        version=lambda: queries.location_version(code),
        write=lambda: operations.pause_locations(
            codes=[code], pause=pause, now=moment, actor=actor
        ),
    )
    return _shown(request, outcome, response)


@router.post("/locations/{code}/resume", response=LocationView)
@requires("network:write")
@idempotent
def resume_location(
    request: HttpRequest, code: Code, body: ResumeBody, response: HttpResponse
) -> LocationView:
    """Let a paused location take new work again."""
    actor, moment = actor_of(request), now()
    queries.location(code, actor=actor)
    outcome = put_one(
        request,
        version=lambda: queries.location_version(code),
        write=lambda: operations.resume_locations(
            codes=[code], now=moment, actor=actor, reason=body.reason
        ),
    )
    return _shown(request, outcome, response)


def _shown(request: HttpRequest, outcome: WriteOutcome, response: HttpResponse) -> LocationView:
    set_etag(response, outcome.version)
    found = queries.location(outcome.code, actor=actor_of(request))
    return LocationView.of(found, now=now())

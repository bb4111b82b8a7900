"""Routes of counts: ask for one, scan, submit, decide."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from chaland.accuracy import operations, queries
from chaland.accuracy.api.bodies import (
    ApproveBody,
    CancelCountBody,
    CountAnswer,
    CountBody,
    CountLineAnswer,
    DecisionBody,
    RejectBody,
    ScanItem,
    SubmitBody,
)
from chaland.accuracy.operations.locking import lock_count
from chaland.accuracy.queries import CountFilter
from chaland.accuracy.types import COUNT_PREFIX, CountState, Decision, LineState
from chaland.kernel.actor import Actor
from chaland.kernel.clock import now
from chaland.kernel.errors import NotFoundError
from chaland.kernel.ids import InvalidPublicIdError, from_public
from chaland.kernel.outcomes import WriteOutcome
from chaland.network.queries import snapshot, visible_location_ids
from chaland.web.authorisation import requires
from chaland.web.bulk import ItemsBody, write_items
from chaland.web.context import actor_of
from chaland.web.etags import check_if_match, set_etag
from chaland.web.idempotency import idempotent
from chaland.web.pagination import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    decode_id,
    encode_cursor,
    next_url,
    unknown_filter,
)
from chaland.web.schemas import BulkAnswer

router = Router()

Filter = Annotated[str, Query(max_length=64)]
States = Annotated[list[CountState], Query(alias="state", description="Any of these states.")]
LineStates = Annotated[list[LineState], Query(alias="state", description="Any of these states.")]


@router.get("/stock/counts", response=Page[CountAnswer])
@requires("stock:read")
def list_counts(
    request: HttpRequest,
    location: Filter = "",
    state: States = [],  # noqa: B006 - never changed
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[CountAnswer]:
    """List the counts of the locations that the key may see, the latest first."""
    wanted = CountFilter(location_ids=locations(actor_of(request), location), states=state)
    before = decode_id(cursor, COUNT_PREFIX)
    found = queries.find_counts(wanted, before=before, limit=limit + 1)
    items = [CountAnswer.of(count) for count in found[:limit]]
    end = encode_cursor([items[-1].id]) if len(found) > limit else None
    return Page(items=items, next=next_url(request, end))


@router.post("/stock/counts", response={201: CountAnswer})
@requires("stock:write")
@idempotent
def open_count(request: HttpRequest, body: CountBody) -> Status[CountAnswer]:
    """Ask for a count at a location."""
    actor = actor_of(request)
    count_id = operations.open_count(draft=body.draft(), now=now(), actor=actor)
    return Status(201, CountAnswer.of(queries.count_view(count_id, actor=actor)))


@router.get("/stock/counts/{count_id}", response=CountAnswer)
@requires("stock:read")
def read_count(request: HttpRequest, count_id: str, response: HttpResponse) -> CountAnswer:
    """Read one count."""
    return _shown(_id(count_id), actor_of(request), response)


@router.get("/stock/counts/{count_id}/lines", response=Page[CountLineAnswer])
@requires("stock:read")
def list_count_lines(
    request: HttpRequest,
    count_id: str,
    state: LineStates = [],  # noqa: B006 - never changed
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[CountLineAnswer]:
    """Read the lines of a count, in the order of its list."""
    after = decode_cursor(cursor, int)[0] if cursor else 0
    count = queries.count_view(_id(count_id), actor=actor_of(request))
    found = queries.count_lines(count, states=state, after=after, limit=limit + 1)
    end = encode_cursor([found[limit - 1].place]) if len(found) > limit else None
    items = [CountLineAnswer.of(line) for line in found[:limit]]
    return Page(items=items, next=next_url(request, end))


@router.post("/stock/counts/{count_id}/scans", response=BulkAnswer)
@requires("stock:write")
@idempotent
def scan(request: HttpRequest, count_id: str, body: ItemsBody[ScanItem]) -> BulkAnswer:
    """Send up to 500 scans, late or twice if need be; each is taken or refused for itself.

    `created`: taken. `duplicate`: known already. `unchanged`: it was made before a recount was
    asked, and is only kept. The answer's `code` is the `scan_id`.
    """
    actor, found = _may_change(request, count_id)

    def write(items: Sequence[ScanItem]) -> list[WriteOutcome]:
        return operations.record_scans(
            count_id=found, scans=[item.draft() for item in items], now=now(), actor=actor
        )

    return write_items(body, ScanItem, write)


@router.post("/stock/counts/{count_id}/submit", response=CountAnswer)
@requires("stock:write")
@idempotent
def submit_count(
    request: HttpRequest, count_id: str, body: SubmitBody, response: HttpResponse
) -> CountAnswer:
    """End counting: what is within tolerance is applied, the rest waits for approval."""
    actor, found = _may_change(request, count_id)
    operations.submit(
        count_id=found,
        decisions=_decisions(body.lines),
        uncounted=body.uncounted,
        now=now(),
        actor=actor,
    )
    return _shown(found, actor, response)


@router.post("/stock/counts/{count_id}/approve", response=CountAnswer)
@requires("stock:approve")
@idempotent
def approve_count(
    request: HttpRequest, count_id: str, body: ApproveBody, response: HttpResponse
) -> CountAnswer:
    """Believe lines that somebody else counted: the stock becomes what was counted."""
    actor, found = _may_change(request, count_id)
    operations.approve(
        count_id=found,
        decisions=None if body.lines is None else _decisions(body.lines),
        note=body.note,
        now=now(),
        actor=actor,
    )
    return _shown(found, actor, response)


@router.post("/stock/counts/{count_id}/reject", response=CountAnswer)
@requires("stock:approve")
@idempotent
def reject_count(
    request: HttpRequest, count_id: str, body: RejectBody, response: HttpResponse
) -> CountAnswer:
    """Do not believe lines: they are counted again, or the stock stays as it is."""
    actor, found = _may_change(request, count_id)
    operations.reject(
        count_id=found,
        decisions=None if body.lines is None else _decisions(body.lines),
        recount=body.recount,
        note=body.note,
        now=now(),
        actor=actor,
    )
    return _shown(found, actor, response)


@router.post("/stock/counts/{count_id}/cancel", response=CountAnswer)
@requires("stock:write")
@idempotent
def cancel_count(
    request: HttpRequest, count_id: str, body: CancelCountBody, response: HttpResponse
) -> CountAnswer:
    """End a count that nobody will finish; what was applied stands."""
    actor, found = _may_change(request, count_id)
    operations.cancel(count_id=found, note=body.note, now=now(), actor=actor)
    return _shown(found, actor, response)


def locations(actor: Actor, code: str) -> list[int] | None:
    """Return the ids to look at: the one asked for, or all that the actor may see (None: all)."""
    visible = visible_location_ids(actor)
    if not code:
        return visible
    place = snapshot().location(code)
    if place is None or (visible is not None and place.id not in visible):
        raise unknown_filter("location", code)
    return [place.id]


@transaction.atomic
def _may_change(request: HttpRequest, count_id: str) -> tuple[Actor, UUID]:
    """Lock the count and compare ``If-Match`` with its version."""
    actor, found = actor_of(request), _id(count_id)
    check_if_match(request, lock_count(found, actor=actor).version)
    return actor, found


def _id(public: str) -> UUID:
    try:
        return from_public(COUNT_PREFIX, public)
    except InvalidPublicIdError:
        raise NotFoundError("count", public) from None


def _shown(count_id: UUID, actor: Actor, response: HttpResponse) -> CountAnswer:
    count = queries.count_view(count_id, actor=actor)
    set_etag(response, count.version)
    return CountAnswer.of(count)


def _decisions(lines: Sequence[DecisionBody]) -> list[Decision]:
    return [line.decision() for line in lines]

"""Routes of strategies: read, compared, rolled back, followed by channels and tried by pilots."""

from itertools import groupby
from typing import Annotated

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from pydantic import Field

from chaland.kernel.clock import now
from chaland.kernel.errors import NotFoundError
from chaland.network.queries import snapshot
from chaland.sourcing import operations, queries
from chaland.sourcing.api.views import (
    ChangesView,
    ChangeView,
    FollowedView,
    PilotView,
    StrategyDetailView,
    StrategyView,
    VersionView,
)
from chaland.sourcing.types import Pilot
from chaland.web.authorisation import requires
from chaland.web.context import actor_of
from chaland.web.etags import check_if_match, set_etag
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
from chaland.web.schemas import Body, Code, example

router = Router(tags=["Sourcing"])

Number = Annotated[int, Field(ge=1, le=1_000_000)]
Note = Annotated[str, Field(max_length=500)]


class RollBackBody(Body):
    """Which earlier version shall be in force again, as the next one."""

    model_config = example({"version": 1, "note": "Too many parcels"})

    version: Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
    note: Note = ""


class RetirementBody(Body):
    """Why a strategy is not needed any more."""

    model_config = example({"note": "The season is over"})

    note: Note = ""


class PilotBody(Body):
    """Which orders try the strategy: those that fit every field that is set.

    `share` is a percentage, drawn by the order's number. An order is where a group is when the site
    nearest to its destination, or where it is collected, belongs to the group.
    """

    model_config = example({"channels": ["web"], "postal_prefixes": ["69", "38"], "share": 20})

    channels: Annotated[list[Code], Field(max_length=200)] = []
    postal_prefixes: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=16)]], Field(max_length=200)
    ] = []
    location_groups: Annotated[list[Code], Field(max_length=200)] = []
    share: Annotated[int, Field(strict=True, ge=1, le=99)] | None = None


@router.get("/strategies", response=Page[StrategyView])
@requires("sourcing:read")
def list_strategies(
    request: HttpRequest, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[StrategyView]:
    """List the strategies by code: what is in force, drafted, planned, followed and tried."""
    after = decode_cursor(cursor, str)[0] if cursor else ""
    moment = now()
    present, use = queries.in_force(now=moment), queries.strategy_use()
    channels = sorted(snapshot().channels)
    found = [
        StrategyView.of(code, list(versions), present, use, channels)
        for code, versions in groupby(queries.versions_of(), key=lambda item: item.code)
        if code > after
    ]
    end = encode_cursor([found[limit - 1].code]) if len(found) > limit else None
    return Page(items=found[:limit], next=next_url(request, end))


@router.get("/strategies/{code}", response=StrategyDetailView)
@requires("sourcing:read")
def get_strategy(request: HttpRequest, code: Code) -> StrategyDetailView:
    """Read a strategy with all of its versions, the latest first."""
    del request
    return _detail(code)


@router.get("/strategies/{code}/changes", response=ChangesView)
@requires("sourcing:read")
def compare_strategy_versions(
    request: HttpRequest, code: Code, before: Number, after: Number
) -> ChangesView:
    """Tell what differs between two versions of a strategy, a draft included."""
    del request
    old = queries.strategy_version(code, before)
    new = queries.strategy_version(code, after)
    found = queries.changes(old.document, new.document)
    return ChangesView(
        strategy=code, before=before, after=after, changes=[ChangeView.of(item) for item in found]
    )


@router.post("/strategies/{code}/roll-back", response=VersionView)
@requires("sourcing:write")
@idempotent
def roll_back_strategy(request: HttpRequest, code: Code, body: RollBackBody) -> VersionView:
    """Put an earlier version into force again, as the next version. A draft stays as it is."""
    with transaction.atomic():
        version = operations.roll_back(
            code=code, version=body.version, note=body.note, now=now(), actor=actor_of(request)
        )
    return VersionView.of(version)


@router.post("/strategies/{code}/retire", response=StrategyDetailView)
@requires("sourcing:write")
@idempotent
def retire_strategy(request: HttpRequest, code: Code, body: RetirementBody) -> StrategyDetailView:
    """Take a strategy out of force. Refused while a channel or a pilot follows it."""
    with transaction.atomic():
        operations.retire(code=code, note=body.note, now=now(), actor=actor_of(request))
    return _detail(code)


@router.put("/strategies/{code}/channels/{channel}", response=FollowedView)
@requires("sourcing:write")
def let_channel_follow_strategy(request: HttpRequest, code: Code, channel: Code) -> FollowedView:
    """Let a channel follow this strategy; `default` is the one that all others follow."""
    with transaction.atomic():
        operations.assign_channel(
            channel=channel, strategy=code, now=now(), actor=actor_of(request)
        )
    return FollowedView(channel=channel, strategy=code)


@router.get("/strategy-pilots/{code}", response=PilotView)
@requires("sourcing:read")
def get_strategy_pilot(request: HttpRequest, code: Code, response: HttpResponse) -> PilotView:
    """Read which orders try a strategy."""
    del request
    return _shown(_pilot(code), response)


@router.put("/strategy-pilots/{code}", response={200: PilotView, 201: PilotView})
@requires("sourcing:write")
def put_strategy_pilot(
    request: HttpRequest, code: Code, body: PilotBody, response: HttpResponse
) -> Status[PilotView]:
    """Start the pilot of a strategy in force, or change it. `If-Match` guards against lost updates.

    An order that fits follows this strategy instead of its channel's, whenever it is decided.
    """
    wanted = Pilot(
        strategy=code,
        channels=tuple(body.channels),
        postal_prefixes=tuple(body.postal_prefixes),
        location_groups=tuple(body.location_groups),
        share=body.share,
    )
    with transaction.atomic():
        operations.lock_strategies()
        known = {item.strategy: item for item in queries.strategy_use().pilots}.get(code)
        check_if_match(request, known.version if known else 0)
        pilot = operations.put_pilot(pilot=wanted, now=now(), actor=actor_of(request))
    return Status(200 if known else 201, _shown(pilot, response))


@router.delete("/strategy-pilots/{code}", response={204: None})
@requires("sourcing:write")
def end_strategy_pilot(request: HttpRequest, code: Code) -> Status[None]:
    """End a pilot: its orders follow their channel's strategy again."""
    with transaction.atomic():
        operations.lock_strategies()
        check_if_match(request, _pilot(code).version)
        operations.end_pilot(strategy=code, now=now(), actor=actor_of(request))
    return Status(204, None)


def _pilot(code: str) -> Pilot:
    found = next((item for item in queries.strategy_use().pilots if item.strategy == code), None)
    if found is None:
        raise NotFoundError("pilot of the strategy", code)
    return found


def _shown(pilot: Pilot, response: HttpResponse) -> PilotView:
    set_etag(response, pilot.version)
    return PilotView.of(pilot)


def _detail(code: str) -> StrategyDetailView:
    versions = queries.versions_of(code)
    if not versions:
        raise NotFoundError("strategy", code)
    shown = StrategyView.of(
        code,
        versions,
        queries.in_force(now=now()),
        queries.strategy_use(),
        sorted(snapshot().channels),
    )
    return StrategyDetailView(
        **{name: getattr(shown, name) for name in StrategyView.model_fields},
        versions=[VersionView.of(item) for item in versions],
    )

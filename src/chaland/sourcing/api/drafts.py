"""Routes of drafts: written, thrown away, put into force now or at a moment."""

from typing import Annotated

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from pydantic import Field

from chaland.kernel.clock import now
from chaland.kernel.errors import NotFoundError
from chaland.sourcing import operations, queries
from chaland.sourcing.api.bodies import DraftBody
from chaland.sourcing.api.views import DraftView, VersionView
from chaland.sourcing.types import StrategyVersion
from chaland.web.authorisation import requires
from chaland.web.context import actor_of
from chaland.web.etags import check_if_match, set_etag
from chaland.web.idempotency import idempotent
from chaland.web.schemas import Body, Code, Moment, example

router = Router(tags=["Sourcing"])


class ActivationBody(Body):
    """When the draft takes force; left out: now."""

    model_config = example({"note": "Tried for two weeks"})

    at: Moment | None = None
    note: Annotated[str, Field(max_length=500)] = ""


@router.get("/strategy-drafts/{code}", response=DraftView)
@requires("sourcing:read")
def get_strategy_draft(request: HttpRequest, code: Code, response: HttpResponse) -> DraftView:
    """Read the draft of a strategy, and what is worth knowing before it takes force."""
    del request
    return _shown(_draft(code), response)


@router.put("/strategy-drafts/{code}", response={200: DraftView, 201: DraftView})
@requires("sourcing:write")
def put_strategy_draft(
    request: HttpRequest, code: Code, body: DraftBody, response: HttpResponse
) -> Status[DraftView]:
    """Make the draft of a strategy's next version, or replace the one there is.

    It changes nothing until it is activated. `If-Match` guards against lost updates.
    """
    with transaction.atomic():
        operations.lock_strategies()
        known = queries.draft_of(code)
        check_if_match(request, known.edit if known else 0)
        written = operations.write_draft(
            code=code,
            document=body.document(),
            note=body.note,
            now=now(),
            actor=actor_of(request),
        )
    return Status(200 if known else 201, _shown(written, response))


@router.delete("/strategy-drafts/{code}", response={204: None})
@requires("sourcing:write")
def discard_strategy_draft(request: HttpRequest, code: Code) -> Status[None]:
    """Throw the draft of a strategy away; the version in force stays."""
    with transaction.atomic():
        _checked(request, code)
        operations.discard_draft(code=code, now=now(), actor=actor_of(request))
    return Status(204, None)


@router.post("/strategy-drafts/{code}/activate", response=VersionView)
@requires("sourcing:write")
@idempotent
def activate_strategy_draft(request: HttpRequest, code: Code, body: ActivationBody) -> VersionView:
    """Put the draft into force, now or from a moment on; the version before is archived then.

    Every process decides by it from its next round on. A draft with errors is refused.
    """
    with transaction.atomic():
        _checked(request, code)
        activated = operations.activate(
            code=code, at=body.at, note=body.note, now=now(), actor=actor_of(request)
        )
    return VersionView.of(activated)


@router.post("/strategy-drafts/{code}/withdraw", response=VersionView)
@requires("sourcing:write")
@idempotent
def withdraw_strategy_plan(request: HttpRequest, code: Code) -> VersionView:
    """Let a planned draft not take force after all; it stays a draft."""
    with transaction.atomic():
        _checked(request, code)
        withdrawn = operations.withdraw_plan(code=code, now=now(), actor=actor_of(request))
    return VersionView.of(withdrawn)


def _checked(request: HttpRequest, code: str) -> None:
    operations.lock_strategies()
    check_if_match(request, _draft(code).edit)


def _draft(code: str) -> StrategyVersion:
    draft = queries.draft_of(code)
    if draft is None:
        raise NotFoundError("draft of a strategy", code)
    return draft


def _shown(draft: StrategyVersion, response: HttpResponse) -> DraftView:
    set_etag(response, draft.edit)
    return DraftView.of(draft, queries.findings(draft.document, now=now()))

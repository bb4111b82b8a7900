"""Routes of the terms of promises: how sure they shall be, how long a site may be silent."""

from typing import Annotated

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from pydantic import Field

from chaland.kernel.clock import now
from chaland.kernel.errors import NotFoundError
from chaland.promise import operations, queries
from chaland.promise.types import StoredTerms, TermsDraft
from chaland.web.authorisation import requires
from chaland.web.context import actor_of
from chaland.web.etags import check_if_match, set_etag
from chaland.web.pagination import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    after_code,
    page_by_code,
)
from chaland.web.schemas import Body, Code, View, example

router = Router()

Sure = Annotated[float, Field(ge=0.5, le=0.995)]
Chance = Annotated[float, Field(ge=0.01, le=0.99)]


class TermsBody(Body):
    """How sure promises shall be; without `channel` or `location`: for any.

    A value that is null is left to less specific terms. `confidence` is the share of parcels that
    shall be in time. A site that has not accepted work within `answer_minutes` of its opening time
    loses it to the next best; after `most_refusals` of an order a person decides. A promise whose
    chance to be kept falls below `at_risk_below` is told to be at risk.
    """

    model_config = example({"confidence": 0.95, "answer_minutes": 90, "most_refusals": 3})

    channel: Code | None = None
    location: Code | None = None
    confidence: Sure | None = None
    answer_minutes: Annotated[int, Field(strict=True, ge=1, le=100_000)] | None = None
    most_refusals: Annotated[int, Field(strict=True, ge=1, le=100)] | None = None
    at_risk_below: Chance | None = None

    def draft(self, code: str) -> TermsDraft:
        """Return the draft of the terms called *code*."""
        values = self.model_dump()
        for name in ("channel", "location"):
            values[name] = values[name] or ""
        return TermsDraft(code=code, **values)


class TermsView(View):
    """Terms of promises."""

    code: str
    channel: str
    location: str
    confidence: float | None
    answer_minutes: int | None
    most_refusals: int | None
    at_risk_below: float | None
    version: int

    @classmethod
    def of(cls, terms: StoredTerms) -> "TermsView":
        """Show terms."""
        return cls(**{name: getattr(terms, name) for name in cls.model_fields})


@router.get("/promise-terms", response=Page[TermsView])
@requires("network:read")
def list_promise_terms(
    request: HttpRequest, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[TermsView]:
    """List the terms of promises by code."""
    after = after_code(cursor)
    found = queries.terms(after=after, limit=limit + 1)
    return page_by_code(request, found, limit, TermsView.of)


@router.get("/promise-terms/{code}", response=TermsView)
@requires("network:read")
def get_promise_terms(request: HttpRequest, code: Code, response: HttpResponse) -> TermsView:
    """Read terms of promises."""
    del request
    found = _found(code)
    set_etag(response, found.version)
    return TermsView.of(found)


@router.put("/promise-terms/{code}", response={200: TermsView, 201: TermsView})
@requires("network:write")
def put_promise_terms(
    request: HttpRequest, code: Code, body: TermsBody, response: HttpResponse
) -> Status[TermsView]:
    """Make terms of promises, or replace their values."""
    with transaction.atomic():
        operations.lock_services()
        known = _stored(code)
        check_if_match(request, 0 if known is None else known.version)
        [outcome] = operations.put_terms(
            drafts=[body.draft(code)], now=now(), actor=actor_of(request)
        )
        if outcome.problem is not None:
            raise outcome.problem
    set_etag(response, outcome.version)
    return Status(201 if outcome.status == "created" else 200, TermsView.of(_found(code)))


@router.delete("/promise-terms/{code}", response={204: None})
@requires("network:write")
def delete_promise_terms(request: HttpRequest, code: Code) -> Status[None]:
    """Take terms away: what is less specific holds again."""
    with transaction.atomic():
        operations.lock_services()
        check_if_match(request, _found(code).version)
        operations.remove_terms(codes=[code], now=now(), actor=actor_of(request))
    return Status(204, None)


def _stored(code: str) -> StoredTerms | None:
    return next((item for item in queries.terms() if item.code == code), None)


def _found(code: str) -> StoredTerms:
    found = _stored(code)
    if found is None:
        raise NotFoundError("promise terms", code)
    return found

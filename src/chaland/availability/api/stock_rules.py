"""Routes of stock rules."""

from collections.abc import Sequence
from typing import Annotated

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from pydantic import Field

from chaland.availability import operations, queries
from chaland.availability.api.bodies import (
    EffectView,
    NoteView,
    PreviewView,
    StockRuleBody,
    StockRuleItem,
    StockRuleView,
)
from chaland.availability.types import RuleKind
from chaland.kernel.clock import now
from chaland.kernel.outcomes import WriteOutcome
from chaland.web.authorisation import require_unlimited, requires
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
    encode_cursor,
    next_url,
)
from chaland.web.schemas import BulkAnswer, Code

router = Router()

Search = Annotated[str, Field(max_length=200)]


@router.get("/stock/rules", response=Page[StockRuleView])
@requires("stock:read")
def list_stock_rules(
    request: HttpRequest,
    q: Search = "",
    kind: RuleKind | None = None,
    active: bool | None = None,  # noqa: FBT001 - a query parameter
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[StockRuleView]:
    """List the stock rules by code; `q` is looked for in code and name."""
    after = decode_cursor(cursor, str)[0] if cursor else ""
    found = queries.list_rules(q=q, kind=kind, active=active, after=after, limit=limit + 1)
    end = encode_cursor([found[limit - 1].rule.code]) if len(found) > limit else None
    shown = found[:limit]
    notes = queries.notes_on([item.rule for item in shown], now=now())
    items = [StockRuleView.of(item, notes[item.rule.code]) for item in shown]
    return Page(items=items, next=next_url(request, end))


# Before the routes by code: Django takes the first path that fits.
@router.post("/stock/rules/bulk", response=BulkAnswer)
@requires("stock:admin")
@idempotent
def put_stock_rules_in_bulk(request: HttpRequest, body: ItemsBody[StockRuleItem]) -> BulkAnswer:
    """Make or replace up to 500 stock rules, each for itself; items also carry `code`."""

    def write(items: Sequence[StockRuleItem]) -> list[WriteOutcome]:
        return operations.upsert_rules(
            drafts=[item.rule(item.code) for item in items],
            now=now(),
            actor=actor_of(request),
            reason=body.reason,
        )

    return write_items(body, StockRuleItem, write)


@router.post("/stock/rules/preview", response=PreviewView)
@requires("stock:read")
@idempotent
def preview_stock_rule(request: HttpRequest, body: StockRuleItem) -> PreviewView:
    """Tell what a rule would hide or release if it were saved, channel by channel.

    A rule whose `code` exists is compared with the present one. Nothing is saved. For keys that
    see the whole group.
    """
    require_unlimited(actor_of(request))
    moment, rule = now(), body.rule(body.code)
    found = queries.preview(rule, now=moment)
    notes = queries.notes_on([rule], now=moment)[rule.code]
    return PreviewView(
        as_of=found.as_of,
        effects=[EffectView.model_validate(effect) for effect in found.effects],
        notes=[NoteView.model_validate(note) for note in notes],
    )


@router.get("/stock/rules/{code}", response=StockRuleView)
@requires("stock:read")
def get_stock_rule(request: HttpRequest, code: Code, response: HttpResponse) -> StockRuleView:
    """Read one stock rule."""
    del request
    return _shown(code, response)


@router.put("/stock/rules/{code}", response={200: StockRuleView, 201: StockRuleView})
@requires("stock:admin")
def put_stock_rule(
    request: HttpRequest, code: Code, body: StockRuleBody, response: HttpResponse
) -> Status[StockRuleView]:
    """Make a stock rule, or replace its values. It holds from the next request on.

    `If-Match` guards against lost updates.
    """
    with transaction.atomic():
        operations.lock_rules()
        check_if_match(request, queries.rule_version(code))
        [outcome] = operations.upsert_rules(
            drafts=[body.rule(code)], now=now(), actor=actor_of(request)
        )
        if outcome.problem is not None:
            raise outcome.problem
    return Status(201 if outcome.status == "created" else 200, _shown(code, response))


def _shown(code: str, response: HttpResponse) -> StockRuleView:
    stored = queries.stored_rule(code)
    set_etag(response, stored.version)
    return StockRuleView.of(stored, queries.notes_on([stored.rule], now=now())[code])

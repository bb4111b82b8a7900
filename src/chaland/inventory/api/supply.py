"""Routes of goods on their way: announced, called off, dispatched, received."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from chaland.catalog.queries import sku_facts
from chaland.inventory import operations, queries
from chaland.inventory.api.naming import Filter, Names, filtered_location, filtered_sku, supply_id
from chaland.inventory.api.supply_bodies import (
    PREFIX,
    CancellationItem,
    DispatchItem,
    ReceiptItem,
    SupplyAnswer,
    SupplyBody,
    SupplyItem,
)
from chaland.inventory.types import (
    OPEN_STATES,
    SupplyCancellation,
    SupplyDraft,
    SupplyKind,
    SupplyOutcome,
    SupplyReceipt,
    SupplyState,
    SupplyView,
    TransferDispatch,
)
from chaland.kernel.actor import Actor
from chaland.kernel.clock import now
from chaland.kernel.errors import FieldProblem, InvalidInputError, NotFoundError
from chaland.kernel.ids import to_public
from chaland.kernel.outcomes import WriteOutcome
from chaland.network.queries import visible_location_ids
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
    decode_id,
    encode_cursor,
    next_url,
)
from chaland.web.schemas import BulkAnswer

router = Router()


@router.get("/stock/supply", response=Page[SupplyAnswer])
@requires("stock:read")
def list_supply(
    request: HttpRequest,
    *,
    sku: Filter = "",
    location: Filter = "",
    origin: Filter = "",
    kind: SupplyKind | None = None,
    state: SupplyState | None = None,
    open: bool | None = None,  # noqa: A002 - the name that the world sees
    late: bool | None = None,
    reference: Filter = "",
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[SupplyAnswer]:
    """List goods on their way, the latest announced first.

    `location` is where they go, `origin` where they come from. `late` keeps those whose time has
    passed, `open` those of which something is still to come.
    """
    actor = actor_of(request)
    found = queries.supply(
        limit=limit + 1,
        now=now(),
        sku_ids=[filtered_sku(sku).id] if sku else None,
        places=visible_location_ids(actor),
        destination_id=filtered_location(actor, "location", location) if location else None,
        origin_id=filtered_location(actor, "origin", origin) if origin else None,
        kind=kind,
        states=_states(state, open_only=open),
        late=late,
        reference=reference or None,
        before=decode_id(cursor, PREFIX),
    )
    end = encode_cursor([to_public(PREFIX, found[limit - 1].id)]) if len(found) > limit else None
    items = [SupplyAnswer.of(item) for item in found[:limit]]
    return Page(items=items, next=next_url(request, end))


# Before the route by id: Django takes the first path that fits.
@router.post("/stock/supply/receipts", response=BulkAnswer)
@requires("stock:write")
@idempotent
def receive_supply(request: HttpRequest, body: ItemsBody[ReceiptItem]) -> BulkAnswer:
    """Report up to 500 arrivals of purchases or transfers, each for itself."""
    actor, moment = actor_of(request), now()

    def write(items: Sequence[ReceiptItem]) -> list[WriteOutcome]:
        known = _changeable([item.supply for item in items], actor, moment, at="destination")
        receipts = [
            SupplyReceipt(
                supply_id=known[item.supply],
                quantity=item.quantity,
                damaged=item.damaged,
                close=item.close,
                source_ref=item.source_ref,
                occurred_at=item.occurred_at or moment,
                reason=item.reason or body.reason,
                lot=item.lot,
                expires_on=item.expires_on,
                serials=tuple(item.serials),
            )
            for item in items
            if item.supply in known
        ]
        done = operations.receive_supply(receipts=receipts, now=moment, actor=actor)
        return _answers([item.supply for item in items], known, done)

    return write_items(body, ReceiptItem, write)


@router.post("/stock/supply/cancellations", response=BulkAnswer)
@requires("stock:write")
@idempotent
def cancel_supply(request: HttpRequest, body: ItemsBody[CancellationItem]) -> BulkAnswer:
    """Call off up to 500 supply lines, wholly or in part, each for itself."""
    actor, moment = actor_of(request), now()

    def write(items: Sequence[CancellationItem]) -> list[WriteOutcome]:
        known = _changeable([item.supply for item in items], actor, moment, at="destination")
        cancellations = [
            SupplyCancellation(known[item.supply], item.quantity, item.reason or body.reason)
            for item in items
            if item.supply in known
        ]
        done = operations.cancel_supply(cancellations=cancellations, now=moment, actor=actor)
        return _answers([item.supply for item in items], known, done)

    return write_items(body, CancellationItem, write)


@router.post("/stock/supply/dispatches", response=BulkAnswer)
@requires("stock:write")
@idempotent
def dispatch_transfers(request: HttpRequest, body: ItemsBody[DispatchItem]) -> BulkAnswer:
    """Let up to 500 planned transfers leave their origins, each for itself.

    Only available units can leave. From that moment they are on their way: at no location, and
    incoming at the destination.
    """
    actor, moment = actor_of(request), now()

    def write(items: Sequence[DispatchItem]) -> list[WriteOutcome]:
        known = _changeable([item.supply for item in items], actor, moment, at="origin")
        dispatches = [
            TransferDispatch(
                known[item.supply],
                item.occurred_at or moment,
                item.quantity,
                item.lot,
                tuple(item.serials),
            )
            for item in items
            if item.supply in known
        ]
        done = operations.dispatch_transfers(
            dispatches=dispatches, now=moment, actor=actor, reason=body.reason
        )
        return _answers([item.supply for item in items], known, done)

    return write_items(body, DispatchItem, write)


@router.get("/stock/supply/{supply_id}", response=SupplyAnswer)
@requires("stock:read")
def get_supply(request: HttpRequest, supply_id: str, response: HttpResponse) -> SupplyAnswer:
    """Read one supply line."""
    view = _visible([supply_id], actor_of(request), now()).get(supply_id)
    if view is None:
        raise NotFoundError("supply line", supply_id)
    set_etag(response, view.version)
    return SupplyAnswer.of(view)


@router.post("/stock/supply", response=BulkAnswer)
@requires("stock:write")
@idempotent
def announce_supply(request: HttpRequest, body: SupplyBody) -> BulkAnswer:
    """Announce up to 500 lines of purchase orders or transfers, or change them, each for itself."""
    actor, moment = actor_of(request), now()

    def write(items: Sequence[SupplyItem]) -> list[WriteOutcome]:
        names = Names.of(actor, sku_facts({item.sku for item in items}))
        problems = [_unknown(item, names) for item in items]
        drafts = [
            _draft(item, body.source, names)
            for item, problem in zip(items, problems, strict=True)
            if problem is None
        ]
        done = iter(
            operations.announce_supply(drafts=drafts, now=moment, actor=actor, reason=body.reason)
        )
        return [
            _answer(item.reference, SupplyOutcome("rejected", problem=problem))
            if problem
            else _answer(item.reference, next(done))
            for item, problem in zip(items, problems, strict=True)
        ]

    return write_items(body, SupplyItem, write)


def _states(state: SupplyState | None, *, open_only: bool | None) -> list[SupplyState] | None:
    chosen = [state] if state else list(SupplyState)
    if open_only is not None:
        chosen = [item for item in chosen if (item in OPEN_STATES) == open_only]
    return None if len(chosen) == len(SupplyState) else chosen


def _unknown(item: SupplyItem, names: Names) -> FieldProblem | None:
    problem = names.sku_problem(item.sku) or names.location_problem(item.destination, "destination")
    if problem is None and item.origin is not None:
        problem = names.location_problem(item.origin, "origin")
    if problem is None and item.supplier is not None and item.supplier not in names.organisations:
        return FieldProblem(
            "supplier", "unknown_supplier", "there is no such organisation", "create it first"
        )
    return problem


def _draft(item: SupplyItem, source: str, names: Names) -> SupplyDraft:
    return SupplyDraft(
        source=source,
        reference=item.reference,
        line=item.line,
        kind=item.kind,
        sku_id=names.skus[item.sku].id,
        destination_id=names.location(item.destination).id,
        origin_id=None if item.origin is None else names.location(item.origin).id,
        supplier_id=None if item.supplier is None else names.organisations[item.supplier],
        quantity=item.quantity,
        expected_at=item.expected_at,
    )


def _visible(ids: Collection[str], actor: Actor, moment: datetime) -> dict[str, SupplyView]:
    """Return the supply lines among *ids* that the actor may see, by public id."""
    wanted = {found: text for text in ids if (found := supply_id(text)) is not None}
    views = queries.supply_by_id(wanted, now=moment)
    visible = visible_location_ids(actor)
    return {
        wanted[view.id]: view
        for view in views.values()
        if visible is None or view.destination_id in visible or view.origin_id in visible
    }


def _changeable(
    ids: Collection[str], actor: Actor, moment: datetime, *, at: Literal["origin", "destination"]
) -> dict[str, UUID]:
    """Return the ids of the lines that the actor may change: whoever writes at that end may."""
    visible = visible_location_ids(actor)
    return {
        text: view.id
        for text, view in _visible(ids, actor, moment).items()
        if visible is None or (view.origin_id if at == "origin" else view.destination_id) in visible
    }


def _answers(
    ids: Sequence[str], known: Collection[str], done: Sequence[SupplyOutcome]
) -> list[WriteOutcome]:
    """Answer items in order: those that could be asked for, and those that nobody may change."""
    rest = iter(done)
    unknown = SupplyOutcome("rejected", problem=_UNKNOWN)
    return [_answer(text, next(rest) if text in known else unknown) for text in ids]


def _answer(name: str, outcome: SupplyOutcome) -> WriteOutcome:
    code = name if outcome.supply_id is None else to_public(PREFIX, outcome.supply_id)
    if outcome.problem is not None:
        refusal = InvalidInputError([outcome.problem])
        return WriteOutcome(code=code, status="rejected", problem=refusal)
    return WriteOutcome(code=code, status=outcome.status)


_UNKNOWN = FieldProblem(
    "supply", "unknown_supply", "there is no such supply line that you may change", "check the id"
)

"""Find other sites for the units of an order that no site gives (any more).

What is missing is read from the facts, not from the event that caused it, so the same journey
serves a refusal, a short pick and a person who tries a blocked order again. It never goes back to a
site that has given units of those lines back.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.availability.queries import sellable
from chaland.catalog.queries import sku_facts_by_id
from chaland.database.revision import read_revisions
from chaland.fulfilment import operations as fulfilment
from chaland.fulfilment import queries as fulfilment_queries
from chaland.fulfilment.types import FulfilmentDraft, FulfilmentLineDraft, FulfilmentMethod, Gap
from chaland.inventory import operations as inventory
from chaland.inventory.types import InsufficientStockError, Pair, ReservationRequest
from chaland.journeys.decision_world import world_of
from chaland.journeys.demand_lines import demand_line
from chaland.journeys.missing_units import kits_of, missing_units
from chaland.journeys.visibility import location_of
from chaland.kernel.actor import Actor
from chaland.kernel.ids import new_uuid, to_public
from chaland.network.queries import snapshot
from chaland.network.types import NetworkSnapshot
from chaland.orders import queries as order_queries
from chaland.orders.events import OrderResourced
from chaland.orders.types import LINE_PREFIX, ORDER_PREFIX, OrderView
from chaland.outbox.operations import publish
from chaland.promise.types import COST_UNIT, ServiceKind
from chaland.sourcing.operations import record_decisions
from chaland.sourcing.queries import decide, keep_behind
from chaland.sourcing.types import (
    Assignment,
    Decision,
    Demand,
    Method,
    Outcome,
    World,
)

MOST_ATTEMPTS = 5
"""How often sites are chosen anew because somebody was faster; then the order stays blocked."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A decision, the gaps that were its lines, and what may not be taken (see ``keep_behind``)."""

    decision: Decision
    gaps: Sequence[Gap]
    keep: Sequence[Mapping[int, int]]


@dataclass(frozen=True, slots=True)
class StockChange:
    """What happens to the stock of *pairs* before other units are reserved, under the same lock.

    Positions have one order of locks, so a site's own are locked together with those chosen.
    """

    pairs: frozenset[Pair] = frozenset()
    apply: Callable[[], None] = lambda: None


NO_CHANGE = StockChange()


@dataclass(frozen=True, slots=True)
class _Brief:
    """What holds for every decision about an order; ``refused`` are sites by order line."""

    order: OrderView
    services: tuple[str, ...] | None
    avoid: frozenset[int]
    refused: Mapping[UUID, set[int]]


def source_again(
    *,
    order_id: UUID,
    reason: str,
    now: datetime,
    actor: Actor,
    avoid: frozenset[int] = frozenset(),
    first: StockChange = NO_CHANGE,
) -> list[FulfilmentDraft]:
    """Give the missing units of an order, locked already, to other sites; return what was planned.

    What finds no site stays without one: the caller settles the order, which is blocked then.
    Nothing missing: nothing happens. *avoid* are ids of further locations not to
    choose; *first* is done to the stock in any case.
    """
    order = order_queries.orders_by_id([order_id])[order_id]
    lines = order_queries.lines_of([order_id])[order_id]
    gaps = missing_units(order_id, lines)
    if not gaps:
        first.apply()
        return []
    network = snapshot()
    choices, drafts = _choose_and_reserve(order, gaps, avoid, network, first, now=now, actor=actor)
    decisions = [(order_id, choice.decision) for choice in choices]
    record_decisions(decisions, kind="resourcing", now=now)
    fulfilment.plan(drafts=drafts)
    _tell(order_id, gaps, drafts, network, reason=reason, now=now, actor=actor)
    return drafts


def _choose_and_reserve(
    order: OrderView,
    gaps: Sequence[Gap],
    avoid: frozenset[int],
    network: NetworkSnapshot,
    first: StockChange,
    *,
    now: datetime,
    actor: Actor,
) -> tuple[list[Choice], list[FulfilmentDraft]]:
    """Choose without locks, then lock everything in order; failing that, let go and look again."""
    sequence = len(fulfilment_queries.of_order(order.id))
    for _ in range(MOST_ATTEMPTS):
        choices = _choose(order, gaps, avoid, network, now=now)
        drafts = _drafts(order, choices, sequence, now=now)
        keep = [left for choice in choices for left in choice.keep]
        requests = _reservations(order, drafts, keep)
        wanted = {(request.sku_id, request.location_id) for request in requests}
        try:
            # Rolling back to a savepoint lets go of the positions locked since.
            with transaction.atomic():
                inventory.lock_positions(first.pairs | wanted)
                first.apply()
                inventory.reserve(requests=requests, now=now, actor=actor)
        except InsufficientStockError:
            continue
        return choices, drafts
    first.apply()
    return [], []


def _choose(
    order: OrderView,
    gaps: Sequence[Gap],
    avoid: frozenset[int],
    network: NetworkSnapshot,
    *,
    now: datetime,
) -> list[Choice]:
    """Decide for all gaps at once, or else for what can be had of them.

    Half a kit is of no use to anybody: its components are found together or not at all.
    """
    stock = sellable(sorted({gap.sku_id for gap in gaps}), network, now=now)
    world = world_of(stock, network, read_revisions(), now=now)
    service = world.promise.facts.by_code.get(order.service_code or "")
    exact = service is not None and service.kind is not ServiceKind.HOME
    services = (service.code,) if service is not None and exact else None
    brief = _Brief(order, services, avoid, fulfilment_queries.sites_that_refused(order.id))
    whole = _decide(brief, gaps, world, partial=False)
    if whole.decision.outcome is Outcome.SOURCED:
        return [whole]
    by_line: dict[UUID, list[Gap]] = defaultdict(list)
    for gap in gaps:
        by_line[gap.order_line_id].append(gap)
    kits = [parts for parts in by_line.values() if _is_kit(parts)]
    plain = [gap for parts in by_line.values() if not _is_kit(parts) for gap in parts]
    choices = [_decide(brief, parts, world, partial=False) for parts in kits]
    if plain:
        choices.append(_decide(brief, plain, world, partial=True))
    return choices


def _is_kit(gaps: Sequence[Gap]) -> bool:
    return len(gaps) > 1 or gaps[0].per_kit > 1


def _decide(brief: _Brief, gaps: Sequence[Gap], world: World, *, partial: bool) -> Choice:
    order = brief.order
    channel = world.network.channels_by_id[order.channel_id].code
    skus = sku_facts_by_id({gap.sku_id for gap in gaps})
    demand = Demand(
        lines=tuple(
            demand_line(skus[gap.sku_id], gap.quantity, kit)
            for gap, kit in zip(gaps, kits_of(gaps), strict=True)
        ),
        method=Method(order.method.value),
        channel_code=channel,
        country=order.destination_country,
        latitude=order.destination_latitude,
        longitude=order.destination_longitude,
        service_codes=brief.services,
        pickup_location_id=order.pickup_location_id,
        exclusions=brief.avoid.union(*(brief.refused.get(gap.order_line_id, ()) for gap in gaps)),
        organisation_ids=(
            None if order.organisation_ids is None else frozenset(order.organisation_ids)
        ),
        allow_partial=partial,
        promised_latest=order.promise_latest,
        # Rules see the order that the customer made, not only what is missing of it.
        postal_code=order.destination_postal_code,
        value=order.total_amount - order.shipping_amount,
        tags=frozenset(order.tags),
        pilot_key=f"{channel}:{order.external_id}",
    )
    (decision,) = decide([demand], world)
    keep = [keep_behind(demand, item, world.stock) for item in decision.assignments]
    return Choice(decision, gaps, keep)


def _drafts(
    order: OrderView, choices: Sequence[Choice], sequence: int, *, now: datetime
) -> list[FulfilmentDraft]:
    assigned = [
        (assignment, choice.gaps)
        for choice in choices
        for assignment in choice.decision.assignments
    ]
    return [
        _draft(order, assignment, gaps, number, now=now)
        for number, (assignment, gaps) in enumerate(assigned, start=sequence + 1)
    ]


def _draft(
    order: OrderView, assignment: Assignment, gaps: Sequence[Gap], sequence: int, *, now: datetime
) -> FulfilmentDraft:
    window = assignment.window
    return FulfilmentDraft(
        fulfilment_id=new_uuid(),
        order_id=order.id,
        location_id=assignment.location_id,
        method=FulfilmentMethod(order.method.value),
        service_code=assignment.service_code,
        sequence=sequence,
        dispatch_by=window.dispatch_by,
        promise_earliest=window.earliest,
        promise_latest=window.latest,
        release_at=now,  # The customer has waited already.
        cost=Decimal(assignment.cost.freight + assignment.cost.handling) / COST_UNIT,
        lines=tuple(
            _line_draft(gaps[portion.line], portion.quantity) for portion in assignment.portions
        ),
    )


def _line_draft(gap: Gap, quantity: int) -> FulfilmentLineDraft:
    line_id = new_uuid()
    return FulfilmentLineDraft(
        line_id=line_id,
        order_line_id=gap.order_line_id,
        sku_id=gap.sku_id,
        sku_code=gap.sku_code,
        quantity=quantity,
        # One reservation a line: they share the number.
        reservation_id=line_id,
        per_kit=gap.per_kit,
    )


def _reservations(
    order: OrderView, drafts: Sequence[FulfilmentDraft], keep: Sequence[Mapping[int, int]]
) -> list[ReservationRequest]:
    return [
        ReservationRequest(
            reservation_id=line.reservation_id,
            sku_id=line.sku_id,
            location_id=draft.location_id,
            quantity=line.quantity,
            order_id=draft.order_id,
            order_line_id=line.order_line_id,
            keep=left[line.sku_id],
            channel_id=order.channel_id,
        )
        for draft, left in zip(drafts, keep, strict=True)
        for line in draft.lines
    ]


def _tell(
    order_id: UUID,
    gaps: Sequence[Gap],
    drafts: Sequence[FulfilmentDraft],
    network: NetworkSnapshot,
    *,
    reason: str,
    now: datetime,
    actor: Actor,
) -> None:
    public = to_public(ORDER_PREFIX, order_id)
    missing = {(gap.order_line_id, gap.sku_code): gap.quantity for gap in gaps}
    placed: list[dict[str, object]] = []
    for draft in drafts:
        code = location_of(network, draft.location_id).code
        for line in draft.lines:
            missing[line.order_line_id, line.sku_code] -= line.quantity
            placed.append(
                {**_units(line.order_line_id, line.sku_code, line.quantity), "location": code}
            )
    unplaced = [_units(line_id, sku, left) for (line_id, sku), left in missing.items() if left]
    resourced = OrderResourced(
        occurred_at=now,
        stream=public,
        subject=public,
        reason=reason,
        placed=placed,
        unplaced=unplaced,
    )
    publish([resourced, *fulfilment.planned_events(drafts, now=now)], actor=actor)
    record_audit(
        [
            AuditFact(
                actor=actor,
                action="order.resource",
                entity_type="order",
                entity_id=public,
                after={"placed": placed, "unplaced": unplaced},
                reason=reason,
                at=now,
            )
        ]
    )


def _units(line_id: UUID, sku_code: str, quantity: int) -> dict[str, object]:
    return {"line": to_public(LINE_PREFIX, line_id), "sku": sku_code, "quantity": quantity}

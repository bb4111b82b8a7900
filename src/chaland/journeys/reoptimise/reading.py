"""Read the orders that wait, with what their sites have planned: no lock is taken."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from chaland.catalog.queries import sku_facts_by_id
from chaland.fulfilment import queries as fulfilment_queries
from chaland.fulfilment.types import (
    FulfilmentLineView,
    FulfilmentState,
    FulfilmentView,
    Gap,
)
from chaland.journeys.demand_lines import demand_line
from chaland.journeys.order_demands import demands_of
from chaland.network.types import NetworkSnapshot
from chaland.orders import queries as order_queries
from chaland.orders.types import OrderMethod, OrderState, OrderView
from chaland.promise.engine import PromiseEngine
from chaland.promise.types import COST_UNIT, PromiseWindow
from chaland.sourcing.types import Assignment, CostTerms, Demand, Portion, Waiting


@dataclass(frozen=True, slots=True)
class Part:
    """What one site has planned of an order."""

    plan: FulfilmentView
    lines: tuple[FulfilmentLineView, ...]


@dataclass(frozen=True, slots=True)
class ParkedOrder:
    """An order that waits. ``gaps`` are its demand's lines; ``sequence`` the parts it ever had."""

    order: OrderView
    parts: tuple[Part, ...]
    gaps: tuple[Gap, ...]
    waiting: Waiting
    sequence: int

    @property
    def release_at(self) -> datetime:
        """When the first of its sites is told."""
        return min(part.plan.release_at for part in self.parts)


def read_parked(
    network: NetworkSnapshot,
    promise: PromiseEngine,
    *,
    after: datetime,
    channels: Collection[str] | None,
    limit: int,
) -> list[ParkedOrder]:
    """Return the orders of which no site is told before *after*, of *channels* (None: any)."""
    ids = fulfilment_queries.unreleased_orders(after=after, limit=limit)
    known = order_queries.orders_by_id(ids)
    orders = [known[order_id] for order_id in ids if _may_move(known[order_id], network, channels)]
    parts = _parts_of([order.id for order in orders])
    refused = {
        order.id: fulfilment_queries.sites_that_refused(order.id)
        for order in orders
        if any(
            item.plan.state is FulfilmentState.REFUSED or _refused(item) for item in parts[order.id]
        )
    }
    parked = []
    for order, demand in zip(orders, demands_of(orders, network, promise), strict=True):
        planned = tuple(
            item for item in parts[order.id] if item.plan.state is FulfilmentState.PLANNED
        )
        if planned and min(item.plan.release_at for item in planned) > after:
            no_more = frozenset[int]().union(*refused.get(order.id, {}).values())
            sequence = len(parts[order.id])
            found = _parked(order, demand, planned, no_more, network, sequence)
            if found is not None:
                parked.append(found)
    return _weighed(parked)


def _may_move(order: OrderView, network: NetworkSnapshot, channels: Collection[str] | None) -> bool:
    code = network.channels_by_id[order.channel_id].code
    return (
        order.state is OrderState.OPEN
        and order.method is OrderMethod.SHIP
        and (channels is None or code in channels)
    )


def _parts_of(order_ids: Sequence[UUID]) -> dict[UUID, list[Part]]:
    plans = fulfilment_queries.of_orders(order_ids)
    lines = fulfilment_queries.lines_of([plan.id for many in plans.values() for plan in many])
    return {
        order_id: [Part(plan, tuple(lines[plan.id])) for plan in many]
        for order_id, many in plans.items()
    }


def _refused(part: Part) -> bool:
    return any(line.refused for line in part.lines)


def _parked(
    order: OrderView,
    demand: Demand,
    parts: tuple[Part, ...],
    refused: frozenset[int],
    network: NetworkSnapshot,
    sequence: int,
) -> ParkedOrder | None:
    gaps: dict[tuple[UUID, int], Gap] = {}
    for part in parts:
        for line in part.lines:
            key = line.order_line_id, line.sku_id
            units = line.to_give + (gaps[key].quantity if key in gaps else 0)
            if units:
                gaps[key] = Gap(
                    order_line_id=line.order_line_id,
                    sku_id=line.sku_id,
                    sku_code=line.sku_code,
                    per_kit=line.per_kit,
                    quantity=units,
                )
    numbers = {key: number for number, key in enumerate(gaps)}
    present = [_assignment(part, numbers, network) for part in parts]
    if not gaps or None in present:
        return None
    return ParkedOrder(
        order,
        parts,
        tuple(gaps.values()),
        Waiting(
            demand=replace(
                demand, lines=(), exclusions=refused, promised_latest=order.promise_latest
            ),
            present=tuple(item for item in present if item is not None),
            release_at=max(part.plan.release_at for part in parts),
        ),
        sequence,
    )


def _assignment(
    part: Part, numbers: dict[tuple[UUID, int], int], network: NetworkSnapshot
) -> Assignment | None:
    """Return a part as it was assigned; None where it says too little to be compared."""
    plan, index = part.plan, network.index_of.get(part.plan.location_id)
    latest, dispatch_by = plan.promise_latest, plan.dispatch_by
    if index is None or latest is None or dispatch_by is None:
        return None
    return Assignment(
        location_id=plan.location_id,
        location_index=index,
        location_code=network.locations[index].code,
        portions=tuple(
            Portion(numbers[line.order_line_id, line.sku_id], line.sku_id, line.to_give)
            for line in part.lines
            if line.to_give
        ),
        service_code=plan.service_code,
        window=PromiseWindow(
            earliest=plan.promise_earliest or latest,
            latest=latest,
            confidence=0.0,
            basis="stated",
            dispatch_by=dispatch_by,
            order_before=dispatch_by,
        ),
        cost=CostTerms(freight=int(plan.cost * COST_UNIT)),
        distance_km=0.0,
        weight_grams=0,
    )


def _weighed(parked: Sequence[ParkedOrder]) -> list[ParkedOrder]:
    """Give the demands their lines, with what the catalogue says of the SKUs; one query."""
    skus = sku_facts_by_id({gap.sku_id for item in parked for gap in item.gaps})
    return [
        replace(
            item,
            waiting=replace(
                item.waiting,
                demand=replace(
                    item.waiting.demand,
                    lines=tuple(
                        demand_line(skus[gap.sku_id], gap.quantity, kit)
                        for gap, kit in zip(item.gaps, _kits(item.gaps), strict=True)
                    ),
                ),
            ),
        )
        for item in parked
    ]


def _kits(gaps: Sequence[Gap]) -> list[str]:
    """Return for each gap the kit that it is a component of, empty for none."""
    parts = Counter(line for line, _ in {(gap.order_line_id, gap.sku_id) for gap in gaps})
    return [str(gap.order_line_id) if parts[gap.order_line_id] > 1 else "" for gap in gaps]

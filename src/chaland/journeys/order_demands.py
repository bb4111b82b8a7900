"""Orders of the past as demands: what each asked for when it came in, for rules to be tried on."""

from collections.abc import Sequence

from chaland.catalog.queries import sku_facts_by_id
from chaland.journeys.demand_lines import demand_line
from chaland.journeys.missing_units import kits_of, missing_units
from chaland.network.types import NetworkSnapshot
from chaland.orders import queries as order_queries
from chaland.orders.types import OrderLineView, OrderView
from chaland.promise.engine import PromiseEngine
from chaland.promise.types import ServiceKind
from chaland.sourcing.types import Demand, DemandLine, Method


def demands_of(
    orders: Sequence[OrderView],
    network: NetworkSnapshot,
    promise: PromiseEngine,
    *,
    missing_only: bool = False,
) -> list[Demand]:
    """Return what each order asked for, whatever became of it; three queries at most.

    With *missing_only*, what no site gives of it; two queries more for each order.
    """
    lines = order_queries.lines_of([order.id for order in orders])
    if missing_only:
        return [
            _demand(order, _missing(order, lines[order.id]), network, promise) for order in orders
        ]
    skus = sku_facts_by_id({line.sku_id for many in lines.values() for line in many})
    parts = sku_facts_by_id({part.sku_id for sku in skus.values() for part in sku.components})

    def asked(line: OrderLineView) -> list[DemandLine]:
        sku, quantity = skus[line.sku_id], line.quantity
        if not sku.is_kit:
            return [demand_line(sku, quantity)]
        return [
            demand_line(parts[part.sku_id], quantity * part.quantity, f"line {line.line_no}")
            for part in sku.components
        ]

    return [
        _demand(
            order,
            [item for line in lines[order.id] for item in asked(line)],
            network,
            promise,
        )
        for order in orders
    ]


def _missing(order: OrderView, lines: Sequence[OrderLineView]) -> list[DemandLine]:
    gaps = missing_units(order.id, lines)
    skus = sku_facts_by_id({gap.sku_id for gap in gaps})
    return [
        demand_line(skus[gap.sku_id], gap.quantity, kit)
        for gap, kit in zip(gaps, kits_of(gaps), strict=True)
    ]


def _demand(
    order: OrderView, lines: Sequence[DemandLine], network: NetworkSnapshot, promise: PromiseEngine
) -> Demand:
    channel = network.channels_by_id[order.channel_id].code
    service = promise.facts.by_code.get(order.service_code or "")
    # Of an order that named no service, the one that was chosen is kept: any of kind home will do.
    named = service is not None and service.kind is not ServiceKind.HOME
    return Demand(
        lines=tuple(lines),
        method=Method(order.method.value),
        channel_code=channel,
        country=order.destination_country,
        latitude=order.destination_latitude,
        longitude=order.destination_longitude,
        service_codes=(service.code,) if service is not None and named else None,
        pickup_location_id=order.pickup_location_id,
        organisation_ids=(
            None if order.organisation_ids is None else frozenset(order.organisation_ids)
        ),
        postal_code=order.destination_postal_code,
        value=order.total_amount - order.shipping_amount,
        tags=frozenset(order.tags),
        pilot_key=f"{channel}:{order.external_id}",
    )

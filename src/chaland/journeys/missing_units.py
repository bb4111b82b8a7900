"""What an order still needs from somewhere, whether a site gave it back or none ever had it."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from uuid import UUID

from chaland.catalog.queries import sku_facts_by_id
from chaland.fulfilment import queries as fulfilment_queries
from chaland.fulfilment.types import Gap
from chaland.orders.types import OrderLineView


def missing_units(order_id: UUID, lines: Sequence[OrderLineView]) -> list[Gap]:
    """Return what no site gives, of the order's *lines*; a kit is missing as its components."""
    owed = {line.id: line.quantity - line.cancelled for line in lines}
    gaps = fulfilment_queries.gaps_of(order_id, owed)
    planned = fulfilment_queries.coverage_of(order_id)
    never = [line for line in lines if owed[line.id] and line.id not in planned]
    return [*gaps, *_gaps_of_lines(never)] if never else gaps


def kits_of(gaps: Sequence[Gap]) -> list[str]:
    """Return for each gap the kit whose components travel with it, empty for none.

    Components that are missing for as many kits as one another are found together, as when the
    order came in; what is left of a kit otherwise is found as it can be.
    """
    kits: dict[UUID, set[Fraction]] = {}
    skus: dict[UUID, set[int]] = {}
    for gap in gaps:
        kits.setdefault(gap.order_line_id, set()).add(Fraction(gap.quantity, gap.per_kit))
        skus.setdefault(gap.order_line_id, set()).add(gap.sku_id)
    whole = {line for line, numbers in kits.items() if len(skus[line]) > 1 and len(numbers) == 1}
    return [str(gap.order_line_id) if gap.order_line_id in whole else "" for gap in gaps]


def _gaps_of_lines(lines: Sequence[OrderLineView]) -> Iterator[Gap]:
    skus = sku_facts_by_id({line.sku_id for line in lines})
    parts = sku_facts_by_id({part.sku_id for sku in skus.values() for part in sku.components})
    for line in lines:
        sku = skus[line.sku_id]
        needs = [(parts[part.sku_id], part.quantity) for part in sku.components] or [(sku, 1)]
        for needed, per_kit in needs:
            yield Gap(
                order_line_id=line.id,
                sku_id=needed.id,
                sku_code=needed.code,
                per_kit=per_kit,
                quantity=(line.quantity - line.cancelled) * per_kit,
            )

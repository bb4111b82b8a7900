"""What a SKU brings into a demand, the same for an order, a quote and a second search."""

from chaland.catalog.types import SkuFacts
from chaland.sourcing.types import DemandLine


def demand_line(sku: SkuFacts, quantity: int, kit: str = "") -> DemandLine:
    """Return the line that asks for *quantity* units of a SKU.

    *kit* is not empty for a component: the same for all those of one line.
    """
    return DemandLine(
        sku_id=sku.id,
        quantity=quantity,
        weight_grams=sku.weight_grams,
        volume_cm3=sku.volume_cm3,
        longest_mm=sku.longest_mm,
        restrictions=sku.restrictions,
        category=sku.category,
        tags=sku.tags,
        ships_alone=sku.ships_alone,
        kit=kit,
    )

"""Why units cannot be kept for a basket, said so that its storefront can mend it."""

from collections.abc import Mapping

from chaland.inventory.types import Shortage
from chaland.journeys.hold_baskets.types import Wish
from chaland.kernel.errors import DomainError, FieldProblem
from chaland.sourcing.types import Decision


def not_enough(wish: Wish, available: Mapping[int, int]) -> DomainError:
    """Make the refusal of a basket; *available* is what it may have, by the id of a short SKU."""
    problems = []
    for part in wish.parts:
        if part.sku.id in available:
            left = available[part.sku.id]
            problems.append(
                FieldProblem(
                    field=f"lines[{part.line}].quantity",
                    code="insufficient_stock",
                    message=f"{part.quantity} of {part.sku.code} wanted, {left} available",
                    fix=f"Send {left} or fewer." if left else "Remove this line.",
                )
            )
    return DomainError(
        code="insufficient_stock",
        message=f"{len(problems)} line(s) cannot be kept for this basket; nothing was.",
        fix="Lower the quantities named in errors, or remove those lines.",
        problems=tuple(problems),
    )


def taken(wish: Wish, shortages: list[Shortage]) -> DomainError:
    """Make the refusal of a basket whose positions had too little when they were locked."""
    return not_enough(wish, {item.sku_id: item.available for item in shortages})


def no_route(decision: Decision) -> DomainError:
    """Make the refusal of a basket that exists, but that nobody may send there."""
    reasons = ", ".join(f"{item.reason.value} ({item.locations})" for item in decision.eliminations)
    return DomainError(
        code="no_route",
        message=f"The stock exists, but no location may send it there: {reasons}.",
        fix="Choose another service or another pickup location, or hold without a delivery.",
    )

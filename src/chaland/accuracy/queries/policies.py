"""What the retailer set about counting, and what follows for a position."""

from collections.abc import Collection

from chaland.accuracy.models import Policy
from chaland.accuracy.rules.policies import in_force, tolerance_of
from chaland.accuracy.types import PolicyView, Tolerance
from chaland.catalog.queries import sku_profiles
from chaland.network.queries import snapshot
from chaland.network.types import LocationKind


def policies(*, after: str = "", limit: int | None = None) -> list[PolicyView]:
    """Return the settings by code, from the one after the code *after*; one query."""
    rows = Policy.objects.filter(code__gt=after).select_related("location").order_by("code")
    return [_view(row) for row in (rows if limit is None else rows[:limit])]


def tolerances(location_id: int, categories: Collection[str]) -> dict[str, Tolerance]:
    """Return the tolerance of each category at a location; one query."""
    network = snapshot()
    place = network.locations[network.index_of[location_id]]
    everything = policies()
    return {
        category: tolerance_of(
            in_force(everything, location=place.code, kind=place.kind, category=category)
        )
        for category in categories
    }


def categories(sku_ids: Collection[int]) -> dict[int, str]:
    """Return the category of each SKU, empty when it has none; one query."""
    return {sku_id: profile.category for sku_id, profile in sku_profiles(sku_ids).items()}


def _view(row: Policy) -> PolicyView:
    return PolicyView(
        code=row.code,
        location="" if row.location is None else row.location.code,
        category=row.category,
        location_kind=None if row.location_kind is None else LocationKind(row.location_kind),
        tolerance_units=row.tolerance_units,
        tolerance_percent=row.tolerance_percent,
        tolerance_value=row.tolerance_value,
        prior_pickable=row.prior_pickable,
        version=row.version,
    )

"""Where every unit of a SKU is, and what keeps it from a channel."""

from collections.abc import Collection
from datetime import datetime

from chaland.availability.explaining import Explainer
from chaland.availability.queries.selling import withholding
from chaland.availability.types import LocationExplanation, SaleMethod
from chaland.inventory.queries import stock_of
from chaland.inventory.types import StockAt, WholeStock
from chaland.network.queries import snapshot

_READS = 3


def explain(
    sku_id: int,
    channel: str,
    *,
    now: datetime,
    method: SaleMethod | None = None,
    location_ids: Collection[int] | None = None,
) -> list[LocationExplanation]:
    """Return for each location (None: all) that ever had the SKU where its units are, by code.

    Units add up: on hand = reserved + held + each status + each withheld + for sale. Raises
    KeyError for a channel that does not exist. A kit has no stock of its own.
    """
    network = snapshot()
    rules = withholding(network, now=now)
    explainer = Explainer(rules, sku_id, channel, method, rules.fences([sku_id]))
    return [
        _explained(place, explainer, network.index_of[place.location_id])
        for place in _consistent(sku_id, location_ids, now).places
    ]


def _explained(place: StockAt, explainer: Explainer, location: int) -> LocationExplanation:
    withheld = explainer.withheld(location, place.sellable)
    return LocationExplanation(
        location=place.location,
        name=place.name,
        on_hand=place.on_hand,
        reserved=place.reserved,
        held=place.held,
        statuses=place.statuses,
        withheld=withheld,
        for_sale=place.sellable - sum(part.units for part in withheld),
    )


def _consistent(sku_id: int, location_ids: Collection[int] | None, now: datetime) -> WholeStock:
    """Read the stock until position and ledger, read one after the other, tell of one moment."""
    found = stock_of(sku_id, location_ids, now=now)
    for _ in range(_READS):
        if all(_adds_up(place) for place in found.places):
            break
        found = stock_of(sku_id, location_ids, now=now)
    return found


def _adds_up(place: StockAt) -> bool:
    apart = place.reserved + place.held + place.sellable + sum(place.statuses.values())
    return apart == place.on_hand

"""What may be sold now, where."""

from typing import Annotated

import numpy as np
from django.http import HttpRequest
from ninja import Query, Router

from chaland.availability import queries
from chaland.availability.rules.keeping import Units
from chaland.availability.sellable import SellableStock
from chaland.availability.types import SaleMethod
from chaland.catalog.queries import sku_facts
from chaland.catalog.types import SkuFacts
from chaland.network.queries import snapshot, visible_location_ids
from chaland.network.types import NetworkSnapshot
from chaland.web.authorisation import requires
from chaland.web.context import actor_of
from chaland.web.pagination import unknown_filter
from chaland.web.schemas import Code, View

router = Router()

Filter = Annotated[str, Query(max_length=64)]
MOST_SKUS = 200


class LocationAvailability(View):
    """Units that one location can still promise."""

    location: str
    available: int


class AvailabilityAnswer(View):
    """Units of a SKU that can still be promised, in all and at each location that has any."""

    sku: str
    available: int
    locations: list[LocationAvailability]


class AvailabilityList(View):
    """Availability of each SKU asked for, in that order."""

    items: list[AvailabilityAnswer]


@router.get("/stock/availability", response=AvailabilityList)
@requires("stock:read")
def read_availability(
    request: HttpRequest,
    sku: Annotated[list[Code], Query(min_length=1, max_length=MOST_SKUS)],
    channel: Filter = "",
    method: SaleMethod | None = None,
) -> AvailabilityList:
    """Tell how many units of up to 200 SKUs can still be promised.

    For a `channel`: what it may sell, by its pool, the consent of owners and the stock rules; with
    `method`, what it may sell that way. Without one, all that is available at active locations. A
    kit is available as often as one location has all of its components.
    """
    network = snapshot()
    if channel and channel not in network.channels:
        raise unknown_filter("channel", channel)
    facts = sku_facts(sku)
    unknown = [code for code in sku if code not in facts]
    if unknown:
        raise unknown_filter("sku", unknown[0])
    stock = queries.sellable(
        sorted({part for item in facts.values() for part in _parts(item)}), network
    )
    units = stock.of(channel, method) if channel else stock.stock.available
    counts = network.active.copy()
    visible = visible_location_ids(actor_of(request))
    if visible is not None:
        counts &= np.isin(network.location_ids, visible)
    units = np.where(counts, units, 0)
    return AvailabilityList(
        items=[_availability(facts[code], stock, units, network) for code in sku]
    )


def _parts(facts: SkuFacts) -> list[int]:
    return [part.sku_id for part in facts.components] or [facts.id]


def _availability(
    facts: SkuFacts, stock: SellableStock, units: Units, network: NetworkSnapshot
) -> AvailabilityAnswer:
    row_of = stock.stock.row_of
    if facts.components:
        rows = [units[row_of[part.sku_id]] // part.quantity for part in facts.components]
        held = np.min(rows, axis=0)
    else:
        held = units[row_of[facts.id]]
    places = [
        LocationAvailability(location=network.locations[index].code, available=int(held[index]))
        for index in np.flatnonzero(held)
    ]
    return AvailabilityAnswer(sku=facts.code, available=int(held.sum()), locations=places)

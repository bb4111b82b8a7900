"""Why not more is for sale."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from chaland.availability import queries
from chaland.availability.types import LocationExplanation, SaleMethod
from chaland.catalog.queries import sku_facts
from chaland.inventory.types import UnavailableStatus
from chaland.kernel.clock import now
from chaland.kernel.errors import FieldProblem, InvalidInputError
from chaland.network.queries import snapshot, visible_location_ids
from chaland.web.authorisation import requires
from chaland.web.context import actor_of
from chaland.web.pagination import unknown_filter
from chaland.web.schemas import Code, View

router = Router()

Filter = Annotated[str, Query(max_length=64)]


class WithheldView(View):
    """Units that the channel may not sell.

    `why` is `inactive`, `not_in_pool`, `not_agreed` (by the owner of the stock), `paused` or a kind
    of rule; `rule` and `name` tell which rule, `for_channel` whose the units of a ring-fence are.
    """

    why: str
    units: int
    rule: str
    name: str
    for_channel: str


class LocationExplanationView(View):
    """Where the units of one location are.

    `on_hand` = `reserved` (for orders) + `held` (for baskets) + each of `unavailable` (nobody may
    sell them) + each of `withheld` (this channel may not) + `for_sale`.
    """

    location: str
    name: str
    on_hand: int
    reserved: int
    held: int
    unavailable: dict[UnavailableStatus, Annotated[int, Field(ge=1)]]
    withheld: list[WithheldView]
    for_sale: int

    @classmethod
    def of(cls, found: LocationExplanation) -> "LocationExplanationView":
        """Show an explanation."""
        return cls(
            location=found.location,
            name=found.name,
            on_hand=found.on_hand,
            reserved=found.reserved,
            held=found.held,
            unavailable=dict(found.statuses),
            withheld=[WithheldView.model_validate(part) for part in found.withheld],
            for_sale=found.for_sale,
        )


class ExplanationView(View):
    """Where the units of a SKU are and what keeps them from a channel."""

    sku: str
    channel: str
    method: SaleMethod | None
    on_hand: int
    for_sale: int
    locations: list[LocationExplanationView]


@router.get("/stock/explanation", response=ExplanationView)
@requires("stock:read")
def explain_stock(
    request: HttpRequest,
    sku: Code,
    channel: Code,
    method: SaleMethod | None = None,
    location: Filter = "",
) -> ExplanationView:
    """Say of each unit of a SKU why a channel may sell it or not, location by location.

    With `method`, sold that way; without, by the way that sells most.
    """
    facts = sku_facts([sku]).get(sku)
    if facts is None:
        raise unknown_filter("sku", sku)
    if facts.is_kit:
        raise InvalidInputError([_kit()])
    network = snapshot()
    if channel not in network.channels:
        raise unknown_filter("channel", channel)
    ids = visible_location_ids(actor_of(request))
    if location:
        place = network.location(location)
        if place is None or (ids is not None and place.id not in ids):
            raise unknown_filter("location", location)
        ids = [place.id]
    found = queries.explain(facts.id, channel, now=now(), method=method, location_ids=ids)
    return ExplanationView(
        sku=sku,
        channel=channel,
        method=method,
        on_hand=sum(place.on_hand for place in found),
        for_sale=sum(place.for_sale for place in found),
        locations=[LocationExplanationView.of(place) for place in found],
    )


def _kit() -> FieldProblem:
    return FieldProblem(
        "sku", "kit_has_no_stock", "a kit has no stock of its own", "Ask about its components."
    )

"""What may be promised, day by day."""

from datetime import date
from typing import Annotated

import numpy as np
from django.http import HttpRequest
from django.utils.timezone import get_default_timezone
from ninja import Query, Router

from chaland.backorders.queries import Horizon, Mask, outlooks
from chaland.backorders.types import LONGEST_HORIZON_DAYS, FutureSaleKind
from chaland.catalog.queries import sku_facts
from chaland.kernel.actor import Actor
from chaland.kernel.clock import now
from chaland.kernel.errors import FieldProblem, InvalidInputError
from chaland.network.queries import resolve_place, snapshot, visible_location_ids
from chaland.network.types import NetworkSnapshot
from chaland.web.authorisation import requires
from chaland.web.context import actor_of
from chaland.web.pagination import unknown_filter
from chaland.web.schemas import Code, View

router = Router()

MOST_SKUS = 50
DEFAULT_DAYS, DEFAULT_KM = 90, 30.0

Filter = Annotated[str, Query(max_length=64)]
Days = Annotated[int, Query(ge=1, le=LONGEST_HORIZON_DAYS)]
Radius = Annotated[float, Query(gt=0, le=2000, allow_inf_nan=False)]


class DayAnswer(View):
    """A day: units that arrive and fall due, and what may still be promised for it."""

    day: date
    arriving: int
    due: int
    promisable: int


class LimitAnswer(View):
    """The future sale that decides, and how much of its limit is taken on this channel."""

    code: str
    kind: FutureSaleKind
    limit: int | None
    taken: int
    left: int | None
    needs_supply: bool
    not_before: date | None


class OutlookAnswer(View):
    """What may be promised of a SKU; days on which nothing changes are left out.

    `late` units should have arrived already: no day counts on them.
    """

    sku: str
    now: int
    late: int
    days: list[DayAnswer]
    limit: LimitAnswer | None


class OutlookList(View):
    """The outlook of each SKU asked for, in that order."""

    items: list[OutlookAnswer]


@router.get("/stock/availability/outlook", response=OutlookList)
@requires("stock:read")
def read_outlook(
    request: HttpRequest,
    sku: Annotated[list[Code], Query(min_length=1, max_length=MOST_SKUS)],
    channel: Annotated[str, Query(min_length=1, max_length=64)],
    days: Days = DEFAULT_DAYS,
    location: Filter = "",
    location_group: Filter = "",
    country: Filter = "",
    postal_code: Filter = "",
    radius_km: Radius = DEFAULT_KM,
) -> OutlookList:
    """Tell what a channel may promise of up to 50 SKUs, from today on, with what is on its way.

    For the whole channel; or for one `location`, a `location_group`, or an area around a
    `postal_code`: then without what was promised before, which belongs to no location.
    """
    network = snapshot()
    if channel not in network.channels:
        raise unknown_filter("channel", channel)
    facts = sku_facts(sku)
    unknown = [code for code in sku if code not in facts]
    if unknown:
        raise unknown_filter("sku", unknown[0])
    moment = now()
    found = outlooks(
        channel,
        [facts[code] for code in sku],
        network,
        Horizon.of(moment, days, get_default_timezone()),
        now=moment,
        among=_among(
            network,
            actor_of(request),
            location=location,
            group=location_group,
            area=_area(network, country, postal_code, radius_km),
        ),
    )
    return OutlookList(items=[OutlookAnswer.model_validate(item) for item in found])


def _among(
    network: NetworkSnapshot, actor: Actor, *, location: str, group: str, area: Mask | None
) -> Mask | None:
    """Mark the locations asked for, of those that the actor may see; None for the whole channel."""
    visible = visible_location_ids(actor)
    masks = [] if area is None else [area]
    if visible is not None:
        masks.append(np.isin(network.location_ids, visible))
    if location:
        place = network.location(location)
        if place is None or (visible is not None and place.id not in visible):
            raise unknown_filter("location", location)
        masks.append(np.arange(len(network)) == place.index)
    if group:
        if group not in network.group_masks:
            raise unknown_filter("location_group", group)
        masks.append(network.group_masks[group])
    return None if not masks else np.logical_and.reduce(masks)


def _area(
    network: NetworkSnapshot, country: str, postal_code: str, radius_km: float
) -> Mask | None:
    if not country and not postal_code:
        return None
    place = resolve_place(country, postal_code) if country and postal_code else None
    if place is None:
        field = "country" if not country else "postal_code"
        raise InvalidInputError(
            [
                FieldProblem(
                    field,
                    "unknown_postal_code",
                    f"{postal_code!r} is no known postal code of {country!r}",
                    "Send country (FR) and postal_code (69002) together.",
                )
            ]
        )
    near: Mask = network.distances_km(place.latitude, place.longitude) <= radius_km
    return near

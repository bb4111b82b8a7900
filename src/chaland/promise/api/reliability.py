"""The route that says how many promises were kept."""

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Query, Router

from chaland.kernel.clock import now
from chaland.network.queries import snapshot, visible_location_ids
from chaland.promise import queries
from chaland.promise.types import KeptPromises
from chaland.web.authorisation import requires
from chaland.web.context import actor_of
from chaland.web.schemas import View

router = Router()

USUAL_WEEKS = 8


class KeptPromisesView(View):
    """Promises of one group: how many were kept, and where the true share lies with 95 %."""

    key: str
    promises: int
    kept: int
    share: float
    told: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, group: KeptPromises) -> "KeptPromisesView":
        """Show a group."""
        return cls(**{name: getattr(group, name) for name in cls.model_fields})


class ReliabilityView(View):
    """Promises that fell due, kept against what customers were told.

    `levels` is the curve: promises told with a chance from `key` to 0.05 more. `risk_factor` is
    what chances to be late are multiplied by since earlier promises came late more (or less) often
    than was told.
    """

    as_of: datetime
    weeks: int
    whole: KeptPromisesView | None
    levels: list[KeptPromisesView]
    by_week: list[KeptPromisesView]
    by_channel: list[KeptPromisesView]
    by_site: list[KeptPromisesView]
    by_carrier: list[KeptPromisesView]
    by_lane: list[KeptPromisesView]
    risk_factor: float
    learned_at: datetime | None
    learned_from: int


@router.get("/promises/reliability", response=ReliabilityView, summary="Promises kept")
@requires("promises:read")
def read_reliability(
    request: HttpRequest,
    weeks: Annotated[int, Query(ge=1, le=52)] = USUAL_WEEKS,
    channel: Annotated[str, Query(max_length=64)] = "",
    basis: Annotated[Literal["", "stated", "learned"], Query()] = "",
) -> ReliabilityView:
    """Say how many promises were kept, at the sites that the key may see."""
    moment = now()
    found = queries.reliability(
        now=moment,
        weeks=weeks,
        channel=channel,
        basis=basis,
        sites=_sites(request),
    )
    return ReliabilityView(
        as_of=moment,
        weeks=weeks,
        whole=None if found.whole is None else KeptPromisesView.of(found.whole),
        levels=_shown(found.levels),
        by_week=_shown(found.weeks),
        by_channel=_shown(found.channels),
        by_site=_shown(found.sites),
        by_carrier=_shown(found.carriers),
        by_lane=_shown(found.lanes),
        risk_factor=found.risk_factor,
        learned_at=found.learned_at,
        learned_from=found.learned_from,
    )


def _sites(request: HttpRequest) -> list[str] | None:
    network = snapshot()
    visible = visible_location_ids(actor_of(request))
    if visible is None:
        return None
    return [network.locations[network.index_of[item]].code for item in visible]


def _shown(groups: tuple[KeptPromises, ...]) -> list[KeptPromisesView]:
    return [KeptPromisesView.of(group) for group in groups]

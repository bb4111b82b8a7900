"""Routes of joint choices: how they went."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Router

from chaland.kernel.ids import to_public
from chaland.sourcing import queries
from chaland.sourcing.types import ReoptimisationRun
from chaland.web.authorisation import require_unlimited, requires
from chaland.web.context import actor_of
from chaland.web.pagination import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    decode_id,
    encode_cursor,
    next_url,
)
from chaland.web.schemas import View

router = Router(tags=["Sourcing"])


class ReoptimisationView(View):
    """One joint choice for the orders that waited for their release.

    `orders` waited, `proposed` were to change, `changed` did: the others had moved on meanwhile.
    `cost_after` is what was proposed, `saved` what came of it, in the group's currency. `gap` is
    how far the proposal may be from the best there is, as a share of its cost (null: there was no
    time to find out). `status` is `optimal`, `budget` (the time ended first), `unchanged` or
    `failed`.
    """

    id: str
    started_at: datetime
    seconds: float
    status: str
    orders: int
    proposed: int
    changed: int
    cost_before: str
    cost_after: str
    saved: str
    lower_bound: str | None
    gap: float | None

    @classmethod
    def of(cls, run: ReoptimisationRun) -> "ReoptimisationView":
        """Show a run."""
        return cls(
            id=to_public(queries.REOPTIMISATION_PREFIX, run.id),
            started_at=run.started_at,
            seconds=round(run.seconds, 3),
            status=run.status.value,
            orders=run.orders,
            proposed=run.proposed,
            changed=run.changed,
            cost_before=str(run.cost_before),
            cost_after=str(run.cost_after),
            saved=str(run.saved),
            lower_bound=None if run.lower_bound is None else str(run.lower_bound),
            gap=None if run.gap is None else round(run.gap, 6),
        )


@router.get("/reoptimisations", response=Page[ReoptimisationView], summary="Joint choices")
@requires("sourcing:read")
def list_reoptimisations(
    request: HttpRequest, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[ReoptimisationView]:
    """List how waiting orders were assigned together, the latest first.

    For keys that see the whole group.
    """
    require_unlimited(actor_of(request))
    before = decode_id(cursor, queries.REOPTIMISATION_PREFIX)
    runs = queries.reoptimisations(before=before, limit=limit + 1)
    shown = [ReoptimisationView.of(run) for run in runs[:limit]]
    following = encode_cursor([shown[-1].id]) if len(runs) > limit else None
    return Page(items=shown, next=next_url(request, following))

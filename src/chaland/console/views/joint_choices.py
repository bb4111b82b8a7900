"""How waiting orders were assigned together: what that saved, and how good it was."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from chaland.access.types import Scope
from chaland.console import pages, paging
from chaland.journeys.reoptimise import switched_on
from chaland.kernel import clock
from chaland.kernel.actor import Actor
from chaland.kernel.ids import to_public
from chaland.sourcing import queries
from chaland.sourcing.types import JointStatus, ReoptimisationRun

SINCE = timedelta(days=30)

_ENDS = {
    JointStatus.OPTIMAL: (_("nothing better is left"), "good"),
    JointStatus.UNCHANGED: (_("all is best where it is"), "info"),
    JointStatus.BUDGET: (_("time ran out"), "warn"),
    JointStatus.FAILED: (_("no answer: nothing was moved"), "bad"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A run as shown; ``left`` orders were to move but had moved on, ``share`` is of the cost."""

    run: ReoptimisationRun

    @property
    def left(self) -> int:
        """How many orders were to move and did not."""
        return self.run.proposed - self.run.changed

    @property
    def share(self) -> str:
        """What part of the cost was saved, as a percentage."""
        before = self.run.cost_before
        return _percentage(float(self.run.saved / before)) if before else ""

    @property
    def gap(self) -> str:
        """How much better the best there is could be at most, as a percentage."""
        return "" if self.run.gap is None else _percentage(self.run.gap)

    @property
    def end(self) -> Any:
        """How it ended, in words."""
        return _ENDS[self.run.status][0]

    @property
    def tone(self) -> str:
        """How good that is, for the colour of its badge."""
        return _ENDS[self.run.status][1]


@pages.needs(Scope.SOURCING_READ)
def joint_choices(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """List the runs, the latest first, and what the last month's saved together."""
    if actor.organisations is not None or actor.locations is not None:
        raise PermissionDenied
    before = paging.position(request, queries.REOPTIMISATION_PREFIX)
    runs = queries.reoptimisations(before=before, limit=paging.PAGE_SIZE + 1)
    page = paging.make_page(
        request,
        [Row(run) for run in runs],
        lambda row: to_public(queries.REOPTIMISATION_PREFIX, row.run.id),
        started=before is not None,
    )
    totals = queries.reoptimisation_totals(since=clock.now() - SINCE)
    return pages.render(
        request,
        actor,
        "console/joint_choices.html",
        {
            "page": page,
            "totals": totals,
            "each": totals.saved / totals.changed if totals.changed else Decimal(0),
            "on": switched_on() is not None,
        },
        section="strategies",
    )


def _percentage(share: float) -> str:
    return f"{number_format(round(100 * share, 2), 2)} %"

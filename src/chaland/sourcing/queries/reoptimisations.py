"""Reads of joint choices."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Sum

from chaland.sourcing.models import Reoptimisation
from chaland.sourcing.types import JointStatus, ReoptimisationRun, ReoptimisationTotals

REOPTIMISATION_PREFIX = "reo"


def reoptimisations(*, before: UUID | None = None, limit: int = 50) -> list[ReoptimisationRun]:
    """Return runs, the latest first, from the one after *before* on; one query."""
    rows = Reoptimisation.objects.order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [_run(row) for row in rows[:limit]]


def reoptimisation_totals(*, since: datetime) -> ReoptimisationTotals:
    """Return what the runs since a moment came to together; one query."""
    rows = Reoptimisation.objects.filter(id__gte=_first_id(since))
    found = rows.aggregate(runs=Count("id"), changed=Sum("changed"), saved=Sum("saved"))
    return ReoptimisationTotals(
        runs=found["runs"], changed=found["changed"] or 0, saved=found["saved"] or Decimal(0)
    )


def _first_id(moment: datetime) -> UUID:
    """Return the lowest id that could be made at *moment*: ids rise with time."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def _run(row: Reoptimisation) -> ReoptimisationRun:
    return ReoptimisationRun(
        id=row.id,
        started_at=row.started_at,
        seconds=row.seconds,
        status=JointStatus(row.status),
        orders=row.orders,
        proposed=row.proposed,
        changed=row.changed,
        cost_before=row.cost_before,
        cost_after=row.cost_after,
        saved=row.saved,
        lower_bound=row.lower_bound,
        change_price=row.change_price,
    )

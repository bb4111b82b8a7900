"""Joint choices are kept: what each came to."""

from chaland.sourcing.models import Reoptimisation
from chaland.sourcing.types import ReoptimisationRun


def record_reoptimisation(*, run: ReoptimisationRun) -> None:
    """Keep one run, which is not changed afterwards."""
    Reoptimisation.objects.create(
        id=run.id,
        started_at=run.started_at,
        seconds=run.seconds,
        status=run.status.value,
        orders=run.orders,
        proposed=run.proposed,
        changed=run.changed,
        cost_before=run.cost_before,
        cost_after=run.cost_after,
        saved=run.saved,
        lower_bound=run.lower_bound,
        change_price=run.change_price,
    )

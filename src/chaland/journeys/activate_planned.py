"""Write down the strategies that have taken force by a plan, and tell of them."""

from datetime import datetime

from django.db import transaction

from chaland.kernel.actor import SYSTEM
from chaland.sourcing.operations import activate_due


@transaction.atomic
def activate_planned(*, now: datetime) -> int:
    """Activate what was planned for a moment up to *now*; return how many were."""
    return len(activate_due(now=now, actor=SYSTEM))

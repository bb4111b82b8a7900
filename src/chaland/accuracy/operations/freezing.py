"""Units under count are taken out of sale, and given back."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from chaland.accuracy.models import Count, CountLine
from chaland.accuracy.types import COUNT_PREFIX, COUNT_SOURCE
from chaland.inventory import operations as inventory
from chaland.inventory.types import Adjustment, MovementKind, UnavailableStatus
from chaland.kernel.actor import Actor
from chaland.kernel.ids import to_public


def freezing(count: Count, line: CountLine, units: int, now: datetime) -> Adjustment:
    """Make the message that takes *units* out of sale, or (below zero) gives them back."""
    return Adjustment(
        sku_id=line.sku_id,
        location_id=count.location_id,
        kind=MovementKind.BLOCKING if units > 0 else MovementKind.UNBLOCKING,
        source=COUNT_SOURCE,
        occurred_at=now,
        unavailable_delta=units,
        status=UnavailableStatus.COUNTING,
        cause_type="count",
        cause_id=to_public(COUNT_PREFIX, count.id),
    )


def freeze(count: Count, lines: Sequence[CountLine], *, now: datetime, actor: Actor) -> None:
    """Take what could be sold of these lines out of sale; the lines are not saved here.

    What comes in later may be sold.
    """
    if not count.freeze or not lines:
        return
    available = inventory.lock_positions([(line.sku_id, count.location_id) for line in lines])
    for line in lines:
        line.frozen = available.get((line.sku_id, count.location_id), 0)
    _adjust([freezing(count, line, line.frozen, now) for line in lines if line.frozen], now, actor)


def unfreeze(count: Count, lines: Iterable[CountLine], *, now: datetime, actor: Actor) -> None:
    """Give what these lines keep out of sale back to it; the lines are not saved here."""
    held = [line for line in lines if line.frozen]
    _adjust([freezing(count, line, -line.frozen, now) for line in held], now, actor)
    for line in held:
        line.frozen = 0


def _adjust(messages: Sequence[Adjustment], now: datetime, actor: Actor) -> None:
    if not messages:
        return
    for outcome in inventory.adjust(adjustments=messages, now=now, actor=actor):
        if outcome.status != "applied":
            raise RuntimeError(f"units under count could not be moved: {outcome}")

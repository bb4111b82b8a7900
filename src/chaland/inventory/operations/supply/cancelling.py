"""What was announced is called off."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chaland.inventory import rules
from chaland.inventory.operations.ledger import lock_states
from chaland.inventory.operations.supply.desk import UNKNOWN, Desk, lock_supply, places_of
from chaland.inventory.types import SupplyCancellation, SupplyOutcome
from chaland.kernel.actor import Actor
from chaland.kernel.errors import FieldProblem


def cancel_supply(
    *, cancellations: Sequence[SupplyCancellation], now: datetime, actor: Actor
) -> list[SupplyOutcome]:
    """Call off units that will not come; each item is refused alone.

    What has left its origin cannot be called off: it is received, or closed with a difference.
    """
    ids = {item.supply_id for item in cancellations}
    states = lock_states(places_of(ids))
    desk = Desk(lock_supply(ids), states)
    outcomes = [_cancel(desk, item, now) for item in cancellations]
    desk.finish(action="cancel_supply", now=now, actor=actor)
    return outcomes


def _cancel(desk: Desk, item: SupplyCancellation, now: datetime) -> SupplyOutcome:
    known = desk.known.get(item.supply_id)
    if known is None:
        return SupplyOutcome("rejected", problem=UNKNOWN)
    numbers = rules.after_cancellation(known.numbers, item.quantity)
    if isinstance(numbers, FieldProblem):
        return SupplyOutcome("rejected", known.id, numbers)
    after = replace(known, numbers=numbers)
    desk.put(after, change="cancelled", reason=item.reason)
    difference = numbers.announced - known.numbers.announced
    desk.expect(after, difference, occurred_at=now, reason=item.reason)
    return SupplyOutcome("updated", known.id)

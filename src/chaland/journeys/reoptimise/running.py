"""One look at everything that waits: read, choose together, write what is better."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings

from chaland.availability.queries import sellable
from chaland.availability.sellable import SellableStock
from chaland.database.revision import read_revisions
from chaland.database.statements import fetch_one
from chaland.journeys.decision_world import world_of
from chaland.journeys.reoptimise.applying import Change, apply_changes
from chaland.journeys.reoptimise.reading import ParkedOrder, read_parked
from chaland.kernel.actor import Actor
from chaland.kernel.ids import new_uuid
from chaland.network.queries import snapshot
from chaland.network.types import NetworkSnapshot
from chaland.promise import queries as promise_queries
from chaland.promise.engine import as_cost
from chaland.promise.types import COST_UNIT
from chaland.sourcing.joint import batches_of, groups_of, placement_of, reassign
from chaland.sourcing.operations import record_reoptimisation
from chaland.sourcing.queries import keep_behind
from chaland.sourcing.types import (
    Decision,
    JointPlan,
    JointResult,
    JointStatus,
    ReoptimisationRun,
)

MOST_AT_ONCE = 10_000
"""Orders of one run; the first to be released come first, the others have time."""

BATCH = 1_000
"""Orders that are chosen for together."""

TOO_LATE_SECONDS = 5
"""Orders that are released within the time of a run and this are left alone."""


_PLACES = Decimal("0.0001")

# An arbitrary number that means "whoever assigns waiting orders" to pg_try_advisory_lock.
_LOCK = 6_700_427


@dataclass(frozen=True, slots=True, kw_only=True)
class Reoptimising:
    """How waiting orders are looked at: *channels* (None: all), for *seconds* in all.

    ``least_saving`` is what a changed order must save, in the group's currency.
    """

    channels: frozenset[str] | None
    seconds: float
    least_saving: Decimal


def switched_on() -> Reoptimising | None:
    """Return what the settings say; None where no channel is to be looked at."""
    words = settings.CHALAND_REOPTIMISE_CHANNELS
    if not words:
        return None
    return Reoptimising(
        channels=None if "*" in words else frozenset(words),
        seconds=settings.CHALAND_REOPTIMISE_SECONDS,
        least_saving=settings.CHALAND_REOPTIMISE_LEAST_SAVING,
    )


def reoptimise(
    how: Reoptimising, *, now: datetime, actor: Actor, dry_run: bool = False
) -> ReoptimisationRun | None:
    """Assign the orders that wait together, and move those for which that is better.

    Nothing is locked while it is chosen; what moved meanwhile stays as it is. A *dry_run* changes
    nothing and keeps nothing. Return what came of it; None when too few orders wait for a choice.
    """
    began = time.monotonic()
    network = snapshot()
    promise = promise_queries.engine(network, read_revisions().get("promise", 0))
    after = now + timedelta(seconds=how.seconds + TOO_LATE_SECONDS)
    parked = read_parked(network, promise, after=after, channels=how.channels, limit=MOST_AT_ONCE)
    if not parked:
        return None
    batches = batches_of(
        [{gap.sku_id for gap in item.gaps} for item in parked],
        [(item.waiting.demand.latitude, item.waiting.demand.longitude) for item in parked],
        BATCH,
    )
    results = []
    for number, batch in enumerate(batches):
        left = how.seconds - (time.monotonic() - began)
        look = _Look([parked[place] for place in batch], network, left / (len(batches) - number))
        results.append(look.run(how, now=now, actor=actor, dry_run=dry_run))
    run = _sum(results, how, now, time.monotonic() - began)
    if not dry_run:
        record_reoptimisation(run=run)
    return run


def reoptimise_alone(how: Reoptimising, *, now: datetime, actor: Actor) -> ReoptimisationRun | None:
    """Do as ``reoptimise``, unless another process is at it: then there is nothing to do."""
    if fetch_one("SELECT 1 WHERE pg_try_advisory_lock(%s)", [_LOCK]) is None:
        return None
    try:
        return reoptimise(how, now=now, actor=actor)
    finally:
        fetch_one("SELECT pg_advisory_unlock(%s)", [_LOCK])


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What one batch came to; ``saved`` (1/10 000 of the currency unit) by ``changed`` orders."""

    result: JointResult
    changed: int
    saved: int


@dataclass(frozen=True, slots=True)
class _Look:
    """One batch of orders, and the seconds there are for it."""

    parked: Sequence[ParkedOrder]
    network: NetworkSnapshot
    seconds: float

    def run(self, how: Reoptimising, *, now: datetime, actor: Actor, dry_run: bool) -> _Outcome:
        """Choose, and write what is better unless it is a *dry_run*."""
        sku_ids = sorted({gap.sku_id for item in self.parked for gap in item.gaps})
        stock = sellable(sku_ids, self.network, now=now)
        world = world_of(stock, self.network, read_revisions(), now=now)
        # The load is shared by all decisions of the process: what is only tried must not count.
        world = replace(world, load=world.load.copy())
        result = reassign(
            [item.waiting for item in self.parked],
            world,
            seconds=self.seconds,
            change_price=as_cost(how.least_saving),
        )
        changed = saved = 0
        if not dry_run:
            for group in self._groups(result, stock):
                if apply_changes(group, self.network, now=now, actor=actor):
                    changed += len(group)
                    saved += sum(change.saving for change in group)
        return _Outcome(result, changed, saved)

    def _groups(self, result: JointResult, stock: SellableStock) -> Iterator[list[Change]]:
        """Yield changes that belong together: one takes what another gives up.

        Those that share a site whose day may be full belong together too. Only a whole group is
        sure to save anything.
        """
        changes = [
            _change(item, plan, plan.decision, stock)
            for item, plan in zip(self.parked, result.plans, strict=True)
            if plan.decision is not None
        ]
        for group in groups_of([self._touched(change) for change in changes]):
            members = [changes[place] for place in group]
            if sum(change.saving for change in members) > 0:
                yield members

    def _touched(self, change: Change) -> set[tuple[int, int]]:
        before = placement_of(change.parked.waiting.present)
        after = placement_of(change.decision.assignments)
        cells = {(sku_id, place) for sku_id, place, _ in {*before} ^ {*after}}
        sites = {place for _, place, _ in before} ^ {place for _, place, _ in after}
        capacity = self.network.daily_capacity
        return cells | {(-1, place) for place in sites if capacity[place] > 0}


def _change(item: ParkedOrder, plan: JointPlan, decision: Decision, stock: SellableStock) -> Change:
    keep = [
        keep_behind(
            item.waiting.demand,
            assignment,
            stock,
            {
                sku_id: units
                for sku_id, place, units in placement_of(item.waiting.present)
                if place == assignment.location_index
            },
        )
        for assignment in decision.assignments
    ]
    return Change(item, decision, keep, plan.saving)


def _sum(
    outcomes: Sequence[_Outcome], how: Reoptimising, now: datetime, seconds: float
) -> ReoptimisationRun:
    results = [item.result for item in outcomes]
    bounds = [item.lower_bound for item in results]
    known = [bound for bound in bounds if bound is not None]
    return ReoptimisationRun(
        id=new_uuid(),
        started_at=now,
        seconds=seconds,
        status=_status(results),
        orders=sum(len(item.plans) for item in results),
        proposed=sum(item.changed for item in results),
        changed=sum(item.changed for item in outcomes),
        cost_before=_amount(sum(item.cost_before for item in results)),
        cost_after=_amount(sum(item.cost_after for item in results)),
        saved=_amount(sum(item.saved for item in outcomes)),
        lower_bound=_amount(sum(known)) if len(known) == len(bounds) else None,
        change_price=how.least_saving,
    )


def _status(results: Sequence[JointResult]) -> JointStatus:
    """Return the worst of what happened to the batches."""
    seen = {item.status for item in results}
    for status in (JointStatus.FAILED, JointStatus.BUDGET, JointStatus.OPTIMAL):
        if status in seen:
            return status
    return JointStatus.UNCHANGED


def _amount(units: int) -> Decimal:
    return (Decimal(units) / COST_UNIT).quantize(_PLACES)

"""A period as it was: its orders, the stock at its start, what came and went, what was missed.

Everything is read in one read-only transaction of one moment; from then on the lab works on arrays
of its own, so that nothing it does can be seen by anybody.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from chaland.accuracy.queries import pickable
from chaland.availability.queries import withholding
from chaland.database import statements
from chaland.database.revision import read_revisions
from chaland.journeys.order_demands import demands_of
from chaland.kernel.errors import DomainError
from chaland.lab import sql
from chaland.lab.simulation import Arrival, Scenario, StockChanges
from chaland.lab.types import Spec
from chaland.network.queries import snapshot
from chaland.network.types import NetworkSnapshot
from chaland.orders import queries as order_queries
from chaland.orders.queries import OrderFilter
from chaland.orders.types import OrderView
from chaland.promise import queries as promise_queries

MOST_ORDERS = 200_000
MOST_CELLS = 60_000_000
PAGE = 2_000


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Period:
    """What was read. ``found`` and ``missed`` are units by position; ``fingerprint`` names it all.

    ``scenario`` has shelves as the records say; ``drawn`` gives it shelves that may be.
    """

    scenario: Scenario
    found: NDArray[np.int32]
    missed: NDArray[np.int32]
    fingerprint: str

    def drawn(self, draw: int, seed: int) -> Scenario:
        """Return the period with the shelves of one draw.

        Where pickers missed units, so many were not there; where they found some, those were. A
        shelf that nobody looked at is empty as often as its chance says.
        """
        base = self.scenario
        luck = np.random.default_rng((seed, draw))
        there = base.recorded
        if base.chance is not None:
            empty = luck.random(there.shape) >= base.chance
            there = np.where(empty, np.minimum(self.found, there), there)
        there = np.where(self.missed > 0, np.maximum(base.recorded - self.missed, 0), there)
        return replace(base, actual=there.astype(np.int32), seed=seed * 1_000 + draw)


@contextmanager
def frozen() -> Iterator[None]:
    """See one moment of the database, and be unable to change it."""
    with transaction.atomic(durable=not connection.in_atomic_block):
        if len(connection.savepoint_ids) == 0:
            statements.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def read_period(spec: Spec, *, now: datetime) -> Period:
    """Read the period of *spec*; call it in ``frozen``.

    Raises DomainError ``lab_no_orders`` when there is nothing to live through, ``lab_too_large``
    when it would not fit into memory.
    """
    revisions = read_revisions()
    network = unpaused(snapshot(revisions.get("network", 0)))
    engine = promise_queries.engine(
        snapshot(revisions.get("network", 0)), revisions.get("promise", 0)
    )
    orders = _orders(spec, network)
    demands = demands_of(orders, network, engine)
    arrivals = [
        Arrival(
            int(order.placed_at.timestamp()), replace(demand, promised_latest=order.promise_latest)
        )
        for order, demand in zip(orders, demands, strict=True)
        if demand.lines
    ]
    sku_ids = sorted({line.sku_id for item in arrivals for line in item.demand.lines})
    if len(sku_ids) * len(network) > MOST_CELLS:
        raise DomainError(
            code="lab_too_large",
            message=f"{len(sku_ids):,} articles at {len(network):,} sites do not fit into memory.",
            fix="Choose a shorter period, or one channel.",
        )
    scope = {"skus": sku_ids, "starts_at": spec.starts_at, "ends_at": spec.ends_at}
    reader = _Reader(network, sku_ids)
    recorded = reader.matrix(statements.fetch_all(sql.load("opening"), scope), 2)
    looks = statements.fetch_all(sql.load("looks"), scope)
    found, missed = reader.matrix(looks, 2), reader.matrix(looks, 3)
    scenario = Scenario(
        network=network,
        promise=engine,
        sku_ids=tuple(sku_ids),
        recorded=recorded,
        actual=recorded,
        arrivals=arrivals,
        withholding=withholding(snapshot(), revisions, now=now),
        starts=int(spec.starts_at.timestamp()),
        changes=reader.changes(statements.fetch_all(sql.load("changes"), scope)),
        chance=without_hindsight(pickable(sku_ids, snapshot()), found + missed > 0),
    )
    return Period(
        scenario=scenario,
        found=found,
        missed=missed,
        fingerprint=_fingerprint(scenario, revisions),
    )


def unpaused(network: NetworkSnapshot) -> NetworkSnapshot:
    """Return the network without today's pauses: they say nothing of another day."""
    never = np.full(len(network), np.inf)
    return replace(network, paused_from=never, paused_until=never)


def without_hindsight(
    chances: NDArray[np.float32], looked: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Forget what today's chances know from the period itself: put a site's mean in its place."""
    others = np.where(looked, np.nan, chances)
    count = np.maximum((~looked).sum(axis=0), 1)
    means = np.where((~looked).any(axis=0), np.nansum(others, axis=0) / count, chances.mean(axis=0))
    return np.where(looked, means.astype(np.float32), chances)


def _orders(spec: Spec, network: NetworkSnapshot) -> list[OrderView]:
    wanted = OrderFilter(
        placed_from=spec.starts_at,
        placed_to=spec.ends_at,
        channel_ids=[network.channels[code].id for code in spec.channels],
    )
    found: list[OrderView] = []
    before: UUID | None = None
    while page := order_queries.search(wanted, before=before, limit=PAGE):
        found += page
        before = page[-1].id
        if len(found) > MOST_ORDERS:
            raise DomainError(
                code="lab_too_large",
                message=f"The period has more than {MOST_ORDERS:,} orders.",
                fix="Choose a shorter period, or one channel.",
            )
    if not found:
        raise DomainError(
            code="lab_no_orders",
            message="No order was placed in this period.",
            fix="Choose a period in which orders were placed.",
        )
    return sorted(found, key=lambda order: (order.placed_at, order.id))


class _Reader:
    """Turns rows by ids into arrays by row and dense location."""

    def __init__(self, network: NetworkSnapshot, sku_ids: list[int]) -> None:
        self._index_of = network.index_of
        self._row_of = {sku: row for row, sku in enumerate(sku_ids)}

    def matrix(self, rows: list[tuple[int, ...]], column: int) -> NDArray[np.int32]:
        found = np.zeros((len(self._row_of), len(self._index_of)), np.int32)
        for row in rows:
            index = self._index_of.get(row[1])
            if index is not None:
                found[self._row_of[row[0]], index] = row[column]
        return found

    def changes(self, rows: list[tuple[int, ...]]) -> StockChanges:
        known = [row for row in rows if row[2] in self._index_of]
        units = np.array([row[3] for row in known], np.int64)
        return StockChanges(
            at=np.array([row[0] for row in known], np.int64),
            row=np.array([self._row_of[row[1]] for row in known], np.int64),
            location=np.array([self._index_of[row[2]] for row in known], np.int64),
            recorded=units,
            actual=units,
        )


def _fingerprint(scenario: Scenario, revisions: dict[str, int]) -> str:
    """Name what was read: a replay that goes on later must go on in the same world."""
    digest = hashlib.blake2b(digest_size=16)
    for name in ("network", "promise", "sourcing", "availability", "catalog"):
        digest.update(f"{name}={revisions.get(name, 0)};".encode())
    digest.update(scenario.recorded.tobytes())
    for array in (scenario.changes.at, scenario.changes.recorded):
        digest.update(array.tobytes())
    for item in scenario.arrivals:
        digest.update(f"{item.at},{item.demand.pilot_key};".encode())
    if scenario.chance is not None:
        digest.update(scenario.chance.tobytes())
    return digest.hexdigest()

"""Keep units for baskets: hold, change, renew. How a hold ends is told in ``ending_holds``.

A basket's rows are only written under the locks of their positions, and all of them together. Time
alone ends nothing: a hold is open until somebody closes it, and whoever comes first wins.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from chaland.database import statements
from chaland.inventory import sql
from chaland.inventory.operations.letting_go import LetGo, let_go
from chaland.inventory.operations.reservations import lock_positions
from chaland.inventory.queries.holds import read_holds
from chaland.inventory.types import (
    HOLD_PREFIX,
    BasketHold,
    HeldUnits,
    HoldClosedError,
    HoldLine,
    HoldOutcome,
    InsufficientStockError,
    Pair,
    Shortage,
)
from chaland.kernel.actor import Actor
from chaland.kernel.ids import to_public

MOST_ATTEMPTS = 10


def hold(*, baskets: Sequence[BasketHold], now: datetime, actor: Actor | Sequence[Actor]) -> None:
    """Keep units for baskets, all that is asked or nothing, in one round trip.

    *actor* is responsible for all of them, or one for each basket. Raises InsufficientStockError
    as ``reserve`` does: nothing was changed, the transaction stays usable, the positions stay
    locked. A basket names a position once (ValueError).
    """
    actors = [actor] * len(baskets) if isinstance(actor, Actor) else actor
    rows = [
        (basket, line, who)
        for basket, who in zip(baskets, actors, strict=True)
        for line in basket.lines
    ]
    if rows:
        _hold(rows, now)


def lock_holds(
    basket_ids: Collection[UUID], *, further: Collection[Pair] = ()
) -> dict[UUID, list[HeldUnits]]:
    """Lock what is open of baskets, and their positions, and *further* positions; read it then.

    A basket of which nothing is open is left out. Positions come before holds, each in order.
    Between look-up and lock a basket may have been given other positions; then everything is let go
    and looked up anew. Call it before any other lock of the transaction.
    """
    for _ in range(MOST_ATTEMPTS):
        pairs = {row.pair for row in read_holds("holds", basket_ids) if row.closed_at is None}
        with transaction.atomic():
            lock_positions(pairs.union(further))
            rows = read_holds("lock_holds", basket_ids)
            moved = not pairs.issuperset(row.pair for row in rows)
            transaction.set_rollback(moved)
        if moved:
            continue
        found: dict[UUID, list[HeldUnits]] = {}
        for row in rows:
            found.setdefault(row.basket_id, []).append(row)
        return found
    raise HoldClosedError(basket_ids)


def change_hold(*, basket: BasketHold, now: datetime, actor: Actor) -> None:
    """Make what is kept for an open basket be *basket*'s lines, and renew it.

    Units that it keeps stay kept without a gap; ``keep`` of a line is for the units that come
    on top. Raises HoldClosedError, or InsufficientStockError; nothing was changed then.
    """
    lines = {(line.sku_id, line.location_id): line for line in basket.lines}
    # What is let go, or locked, for a change that is refused comes back.
    with transaction.atomic():
        held = lock_holds([basket.basket_id], further=lines.keys()).get(basket.basket_id)
        if held is None:
            raise HoldClosedError([basket.basket_id])
        present = {row.pair: row.quantity for row in held}
        more = [
            (basket, HoldLine(*pair, line.quantity - present.get(pair, 0), line.keep), actor)
            for pair, line in lines.items()
            if line.quantity > present.get(pair, 0)
        ]
        if more:
            _hold(more, now)
        let_go(
            _too_much(held, lines, actor),
            outcome=HoldOutcome.RELEASED,
            reason="basket changed",
            now=now,
        )
        renew_holds(ttls={basket.basket_id: basket.ttl_seconds}, now=now)


def renew_holds(*, ttls: Mapping[UUID, int | None], now: datetime) -> dict[UUID, datetime]:
    """Keep baskets for their time to live from *now*, or for the seconds given.

    Returns until when, for those that were still open; the others are left out.
    """
    if not ttls:
        return {}
    rows = statements.fetch_all(
        sql.load("renew_holds"),
        {"basket": list(ttls), "ttl": list(ttls.values()), "now": now},
        prepare=True,
    )
    return dict(rows)


def _too_much(
    held: Iterable[HeldUnits], lines: Mapping[Pair, HoldLine], actor: Actor
) -> list[LetGo]:
    found = []
    for row in held:
        left = lines[row.pair].quantity if row.pair in lines else 0
        if left < row.quantity:
            found.append(LetGo(row, row.quantity - left, closes=left == 0, actor=actor))
    return found


def _hold(rows: Sequence[tuple[BasketHold, HoldLine, Actor]], now: datetime) -> None:
    if len({(basket.basket_id, line.sku_id, line.location_id) for basket, line, _ in rows}) < len(
        rows
    ):
        raise ValueError("a basket names a position twice")
    short = statements.fetch_all(
        sql.load("hold"),
        {
            "basket": [basket.basket_id for basket, _, _ in rows],
            "sku": [line.sku_id for _, line, _ in rows],
            "location": [line.location_id for _, line, _ in rows],
            "quantity": [line.quantity for _, line, _ in rows],
            "keep": [line.keep for _, line, _ in rows],
            "channel": [basket.channel_id for basket, _, _ in rows],
            "reference": [basket.reference for basket, _, _ in rows],
            "organisations": [_array(basket.organisation_ids) for basket, _, _ in rows],
            "ttl": [basket.ttl_seconds for basket, _, _ in rows],
            "cause": [to_public(HOLD_PREFIX, basket.basket_id) for basket, _, _ in rows],
            "actor_kind": [actor.kind for _, _, actor in rows],
            "actor_id": [actor.id for _, _, actor in rows],
            "now": now,
        },
        prepare=True,
    )
    if short:
        raise InsufficientStockError([Shortage(*row) for row in short])


def _array(ids: tuple[int, ...] | None) -> str | None:
    """Write an array as text: PostgreSQL's arrays of arrays are all of one length."""
    return None if ids is None else "{" + ",".join(map(str, ids)) + "}"

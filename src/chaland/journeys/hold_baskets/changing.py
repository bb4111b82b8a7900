"""Change, renew, release and read one basket's hold, for those who may."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from chaland.inventory import operations
from chaland.inventory.queries import held_by
from chaland.inventory.types import (
    HOLD_PREFIX,
    BasketHold,
    HeldUnits,
    HoldClosedError,
    InsufficientStockError,
)
from chaland.journeys.hold_baskets import answers, refusals
from chaland.journeys.hold_baskets.body import ChangeHoldBody
from chaland.journeys.hold_baskets.choosing import Chooser
from chaland.journeys.hold_baskets.references import load_references, resolve
from chaland.journeys.hold_baskets.rounds import organisation_ids, time_to_live
from chaland.kernel.actor import Actor
from chaland.kernel.errors import NotFoundError
from chaland.kernel.ids import InvalidPublicIdError, from_public
from chaland.network.queries import snapshot, visible_location_ids

MOST_ATTEMPTS = 5
"""How often places are chosen anew because somebody was faster."""


def read_hold(public: str, *, actor: Actor) -> dict[str, Any]:
    """Return a hold as it is. Raises NotFoundError."""
    return answers.shown(_rows(public, actor), snapshot())


def change_hold(
    public: str, body: ChangeHoldBody, *, now: datetime, actor: Actor
) -> dict[str, Any]:
    """Make the basket hold *body*'s lines, and renew it; return it as it is then.

    Raises NotFoundError, HoldClosedError, or a refusal that names the lines; the hold is as it was.
    """
    rows = _open(_rows(public, actor))
    known = load_references(body.lines)
    first = rows[0]
    channel = known.network.channels_by_id[first.channel_id]
    wish = resolve(
        channel=channel.code, lines=body.lines, delivery=body.delivery, actor=actor, known=known
    )
    ttl = time_to_live(body.ttl_seconds, first.ttl_seconds)
    skus = {part.sku.id for part in wish.parts}
    for attempt in range(1, MOST_ATTEMPTS + 1):
        present = {row.pair: row.quantity for row in rows if row.sku_id in skus}
        basket = BasketHold(
            basket_id=first.basket_id,
            channel_id=channel.id,
            lines=Chooser(known, skus, reads=True, now=now).choose(wish, present),
            ttl_seconds=ttl,
            reference=first.reference,
            organisation_ids=organisation_ids(actor, known.network),
        )
        try:
            with transaction.atomic():
                operations.change_hold(basket=basket, now=now, actor=actor)
        except InsufficientStockError as error:
            if attempt == MOST_ATTEMPTS:
                raise refusals.taken(wish, list(error.shortages)) from error
        else:
            break
    return read_hold(public, actor=actor)


def renew_hold(public: str, ttl: int | None, *, now: datetime, actor: Actor) -> dict[str, Any]:
    """Keep the basket's units longer. Raises NotFoundError or HoldClosedError."""
    rows = _open(_rows(public, actor))
    basket = rows[0].basket_id
    seconds = time_to_live(ttl, rows[0].ttl_seconds)
    if not operations.renew_holds(ttls={basket: seconds}, now=now):
        raise HoldClosedError([basket])
    return read_hold(public, actor=actor)


def release_hold(public: str, *, now: datetime, actor: Actor) -> dict[str, Any]:
    """Give the basket's units back to sale; one that has ended stays as it is."""
    basket = _rows(public, actor)[0].basket_id
    operations.release_holds(basket_ids=[basket], reason="released", now=now, actor=actor)
    return read_hold(public, actor=actor)


def _rows(public: str, actor: Actor) -> Sequence[HeldUnits]:
    """Return all that was ever kept for a basket, if the actor may see all of it."""
    try:
        basket: UUID = from_public(HOLD_PREFIX, public)
    except InvalidPublicIdError as error:
        raise NotFoundError("hold", public) from error
    rows = held_by([basket]).get(basket, [])
    visible = visible_location_ids(actor)
    if not rows or (visible is not None and not {row.location_id for row in rows} <= {*visible}):
        raise NotFoundError("hold", public)
    return rows


def _open(rows: Sequence[HeldUnits]) -> list[HeldUnits]:
    found = [row for row in rows if row.closed_at is None]
    if not found:
        raise HoldClosedError([rows[0].basket_id])
    return found

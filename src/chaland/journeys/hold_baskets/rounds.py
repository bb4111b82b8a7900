"""One transaction: a set of baskets is looked up, placed and written by a few statements.

What does not fit is found under lock, basket by basket in the order of arrival; its neighbours go
on in the same transaction. A basket that named its locations is told at once what is left there;
one that left the choice to Chaland is chosen for again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import transaction

from chaland.inventory.operations import hold, lock_positions
from chaland.inventory.types import BasketHold, InsufficientStockError, Pair, Shortage
from chaland.journeys.hold_baskets import answers, refusals
from chaland.journeys.hold_baskets.choosing import Chooser
from chaland.journeys.hold_baskets.references import References, load_references, resolve
from chaland.journeys.hold_baskets.types import DEFAULT_TTL, HoldAnswer, HoldRequest, Wish
from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError, FieldProblem, InvalidInputError
from chaland.kernel.ids import new_uuid
from chaland.network.types import NetworkSnapshot
from chaland.web import idempotency

_KEPT = frozenset({201, 409})
_MOST_REMEMBERED = 10_000
_sold_out: set[Pair] = set()
"""Positions at which a basket did not fit lately, so that trying all at once is no use. A hint."""


class SurpriseError(Exception):
    """Another process used the same idempotency key at the same moment."""


@dataclass(frozen=True, slots=True)
class _Basket:
    """A basket on its way: what it wishes, and what is to be kept for it."""

    request: HoldRequest
    wish: Wish
    hold: BasketHold


def hold_round(requests: Sequence[HoldRequest], *, now: datetime) -> list[HoldAnswer | None]:
    """Hold what can be held now, in one transaction; None marks what must be tried again.

    Requests must differ in idempotency key. Raises SurpriseError, with nothing written, when
    another process got in between.
    """
    known = load_references([line for request in requests for line in request.body.lines])
    done: dict[int, HoldAnswer] = {}
    if all(request.idempotency_key is None for request in requests):
        _hold_nameless(requests, known, done, now=now)
    else:
        with transaction.atomic():
            _answer_replays(requests, done)
            replays = frozenset(done)
            baskets = _choose(requests, known, done, now=now)
            _hold(baskets, known.network, done, now=now)
            _keep_answers(
                [(requests[index], done[index]) for index in done if index not in replays]
            )
    return [done.get(index) for index in range(len(requests))]


def _hold_nameless(
    requests: Sequence[HoldRequest],
    known: References,
    done: dict[int, HoldAnswer],
    *,
    now: datetime,
) -> None:
    """Hold for baskets that keep no answers: by one statement, which is a transaction by itself."""
    baskets = _choose(requests, known, done, now=now)
    wanted = {line.pair for basket in baskets.values() for line in basket.hold.lines}
    if wanted.isdisjoint(_sold_out):
        try:
            _hold_all(list(baskets.values()), now)
        except InsufficientStockError:
            pass
        else:
            _answer_all(baskets, known.network, done, now=now)
            return
    with transaction.atomic():
        _hold_in_turn(baskets, known.network, done, now=now)


def basket_hold(
    wish: Wish, request: HoldRequest, chooser: Chooser, network: NetworkSnapshot
) -> BasketHold:
    """Choose where a new basket's units are to be kept. Raises DomainError."""
    return BasketHold(
        basket_id=new_uuid(),
        channel_id=wish.channel.id,
        lines=chooser.choose(wish),
        ttl_seconds=time_to_live(request.body.ttl_seconds, DEFAULT_TTL),
        reference=request.body.reference,
        organisation_ids=organisation_ids(request.actor, network),
    )


def time_to_live(asked: int | None, otherwise: int) -> int:
    """Return how long to keep. Raises InvalidInputError when it is too long."""
    longest: int = settings.CHALAND_HOLD_MAX_SECONDS
    if asked is not None and asked > longest:
        raise InvalidInputError(
            [
                FieldProblem(
                    field="ttl_seconds",
                    code="too_long",
                    message=f"a hold lasts {longest} s at most before it is renewed",
                    fix=f"Send {longest} or less, and renew while the customer is active.",
                )
            ]
        )
    return min(otherwise, longest) if asked is None else asked


def organisation_ids(actor: Actor, network: NetworkSnapshot) -> tuple[int, ...] | None:
    """Return whose stock the actor may sell; None for everybody's."""
    codes = actor.organisations
    if codes is None:
        return None
    return tuple(sorted(item.id for item in network.organisations if item.code in codes))


def _answer_replays(requests: Sequence[HoldRequest], done: dict[int, HoldAnswer]) -> None:
    """Give the stored answer to each request whose idempotency key was used before."""
    slots = {
        (request.actor.id, request.idempotency_key): index
        for index, request in enumerate(requests)
        if request.idempotency_key is not None
    }
    for slot, stored in idempotency.lookup(slots.keys()).items():
        index = slots[slot]
        try:
            idempotency.check_same_request(stored, requests[index].request_hash)
        except DomainError as error:
            done[index] = answers.refused(error, requests[index])
        else:
            done[index] = HoldAnswer(stored.status or 200, stored.body, replayed=True)


def _choose(
    requests: Sequence[HoldRequest],
    known: References,
    done: dict[int, HoldAnswer],
    *,
    now: datetime,
) -> dict[int, _Basket]:
    wishes: dict[int, Wish] = {}
    for index, request in enumerate(requests):
        if index not in done:
            try:
                wishes[index] = _wish(request, known)
            except DomainError as error:
                done[index] = answers.refused(error, request)
    chooser = Chooser(
        known,
        {part.sku.id for wish in wishes.values() for part in wish.parts},
        reads=not all(wish.is_fixed for wish in wishes.values()),
        now=now,
    )
    baskets = {}
    for index, wish in wishes.items():
        request = requests[index]
        try:
            baskets[index] = _Basket(
                request, wish, basket_hold(wish, request, chooser, known.network)
            )
        except DomainError as error:
            done[index] = answers.refused(error, request)
    return baskets


def _wish(request: HoldRequest, known: References) -> Wish:
    body = request.body
    return resolve(
        channel=body.channel,
        lines=body.lines,
        delivery=body.delivery,
        actor=request.actor,
        known=known,
    )


def _hold(
    baskets: Mapping[int, _Basket],
    network: NetworkSnapshot,
    done: dict[int, HoldAnswer],
    *,
    now: datetime,
) -> None:
    """Hold for the baskets, in a transaction; refuse or leave out those that do not fit."""
    try:
        _hold_all(list(baskets.values()), now)
    except InsufficientStockError:
        _hold_in_turn(baskets, network, done, now=now)
    else:
        _answer_all(baskets, network, done, now=now)


def _hold_in_turn(
    baskets: Mapping[int, _Basket],
    network: NetworkSnapshot,
    done: dict[int, HoldAnswer],
    *,
    now: datetime,
) -> None:
    """Lock first, compare basket by basket in the order of arrival, and hold for those that fit."""
    kept = {index: baskets[index] for index in _that_fit(baskets, done)}
    _hold_all([_compared(basket) for basket in kept.values()], now)
    _answer_all(kept, network, done, now=now)


def _answer_all(
    baskets: Mapping[int, _Basket],
    network: NetworkSnapshot,
    done: dict[int, HoldAnswer],
    *,
    now: datetime,
) -> None:
    for index, basket in baskets.items():
        done[index] = _answer(basket, network, now)


def _hold_all(baskets: Sequence[_Basket], now: datetime) -> None:
    hold(
        baskets=[item.hold for item in baskets],
        actor=[item.request.actor for item in baskets],
        now=now,
    )


def _compared(basket: _Basket) -> _Basket:
    lines = tuple(replace(line, keep=0) for line in basket.hold.lines)
    return replace(basket, hold=replace(basket.hold, lines=lines))


def _that_fit(baskets: Mapping[int, _Basket], done: dict[int, HoldAnswer]) -> list[int]:
    """Compare baskets in turn with what is there, each with what its own rules keep back."""
    left = lock_positions({line.pair for basket in baskets.values() for line in basket.hold.lines})
    kept = []
    for index, basket in baskets.items():
        short = [
            Shortage(line.sku_id, line.location_id, line.quantity, available)
            for line in basket.hold.lines
            if (available := max(0, left.get(line.pair, 0) - line.keep)) < line.quantity
        ]
        if not short:
            _sold_out.difference_update(line.pair for line in basket.hold.lines)
            for line in basket.hold.lines:
                left[line.pair] -= line.quantity
            kept.append(index)
            continue
        _remember(short)
        if basket.wish.is_fixed:
            done[index] = answers.refused(refusals.taken(basket.wish, short), basket.request)
    return kept


def _remember(short: Sequence[Shortage]) -> None:
    if len(_sold_out) >= _MOST_REMEMBERED:
        _sold_out.clear()
    _sold_out.update((item.sku_id, item.location_id) for item in short)


def _answer(basket: _Basket, network: NetworkSnapshot, now: datetime) -> HoldAnswer:
    skus = {part.sku.id: part.sku.code for part in basket.wish.parts}
    codes = [
        (skus[line.sku_id], network.locations[network.index_of[line.location_id]].code)
        for line in basket.hold.lines
    ]
    return answers.held(basket.hold, basket.wish.channel.code, codes, now=now)


def _keep_answers(answered: Sequence[tuple[HoldRequest, HoldAnswer]]) -> None:
    """Keep answers for their keys; refusals of bad input are not kept, the client mends it."""
    rows = [
        idempotency.Answer(
            principal=request.actor.id,
            key=request.idempotency_key,
            request_hash=request.request_hash,
            status=answer.status,
            body=answer.content,
        )
        for request, answer in answered
        if request.idempotency_key is not None and answer.status in _KEPT
    ]
    if len(idempotency.insert_answers(rows)) != len(rows):
        raise SurpriseError

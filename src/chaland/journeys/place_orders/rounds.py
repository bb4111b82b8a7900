"""One transaction: a set of orders is looked up, decided together and written by a few statements.

The order of work is what keeps it right beside other processes that do the same:

1. read stock without locking, decide in memory, each order seeing what the one before it took;
2. reserve: the chosen positions are locked in (sku, location) order and looked at again; an order
   whose units were taken meanwhile waits for the next round, its neighbours go on. What a basket
   kept for its order is given back and reserved under the same locks (``holding``);
3. write. Whatever the database refuses then (a number or a key that another process has just used)
   is a ``SurpriseError``: everything is rolled back and the round is run again, now seeing the
   other's work.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from chaland.inventory.operations import reserve
from chaland.inventory.types import InsufficientStockError, Shortage
from chaland.journeys.decision_world import world_for
from chaland.journeys.place_orders import answers
from chaland.journeys.place_orders.drafts import PlacedOrder, draft_order
from chaland.journeys.place_orders.holding import (
    Converting,
    convert,
    decide_with_kept,
    find_kept,
    lock_all,
)
from chaland.journeys.place_orders.references import (
    References,
    ResolvedOrder,
    load_references,
    resolve,
)
from chaland.journeys.place_orders.taking_on import settle_taken_on, take_on
from chaland.journeys.place_orders.types import PlacementAnswer, PlacementRequest
from chaland.journeys.place_orders.writing import keep_answers, write_orders
from chaland.kernel.errors import DomainError
from chaland.network.types import NetworkSnapshot
from chaland.orders import queries as order_queries
from chaland.sourcing.queries import decide
from chaland.sourcing.types import Outcome
from chaland.web import idempotency

Answers = dict[int, PlacementAnswer]
"""What was decided so far, by the request's place in the round."""


def place_round(
    requests: Sequence[PlacementRequest], *, now: datetime
) -> list[PlacementAnswer | None]:
    """Place what can be placed now, in one transaction; None marks what must be tried again.

    Requests must differ in (channel, external id) and in idempotency key. Raises SurpriseError,
    with nothing written, when another process got in between; any other database error likewise
    leaves nothing behind.
    """
    known = load_references(requests)
    done: Answers = {}
    with transaction.atomic():
        _answer_replays(requests, done)
        replays = frozenset(done)
        _answer_known(requests, known.network, done)
        resolved = _resolve(requests, known, done, now=now)
        accepted = _decide(resolved, known, done, now=now)
        final = {index: answers.placed(order, known.network) for index, order in accepted.items()}
        keep_answers([(requests[index], done[index]) for index in done if index not in replays])
        write_orders(list(accepted.values()), list(final.values()), now=now)
        settle_taken_on(accepted.values(), now=now)
    done.update(final)
    return [done.get(index) for index in range(len(requests))]


def _answer_replays(requests: Sequence[PlacementRequest], done: Answers) -> None:
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
            done[index] = PlacementAnswer(
                status=stored.status or 200, content=stored.body, replayed=True
            )


def _answer_known(
    requests: Sequence[PlacementRequest], network: NetworkSnapshot, done: Answers
) -> None:
    """Answer each order that the channel has sent before."""
    keys = {}
    for index, request in enumerate(requests):
        channel = network.channels.get(request.body.channel)
        if index not in done and channel is not None:
            keys[channel.id, request.body.external_id] = index
    existing = order_queries.existing(keys.keys())
    if not existing:
        return
    known = answers.known_before([item.id for item in existing.values()], network)
    for key, item in existing.items():
        request = requests[keys[key]]
        if item.content_hash == request.content_hash:
            done[keys[key]] = known[item.id]
        else:
            done[keys[key]] = answers.refused(answers.other_content(request, item), request)


def _resolve(
    requests: Sequence[PlacementRequest], known: References, done: Answers, *, now: datetime
) -> dict[int, ResolvedOrder]:
    resolved = {}
    for index, request in enumerate(requests):
        if index in done:
            continue
        try:
            resolved[index] = resolve(request, known, now=now)
        except DomainError as error:
            done[index] = answers.refused(error, request)
    return resolved


def _decide(
    resolved: Mapping[int, ResolvedOrder], known: References, done: Answers, *, now: datetime
) -> dict[int, PlacedOrder]:
    """Choose locations for every order and reserve there; leave out what was taken meanwhile.

    Orders for which a basket kept units come first: nobody competes with them for those.
    """
    kept, refused = find_kept(resolved, known)
    for index, error in refused.items():
        done[index] = answers.refused(error, resolved[index].request)
    ordered = [*kept, *(index for index in resolved if index not in kept and index not in refused)]
    if not ordered:
        return {}
    demands = {index: resolved[index].demand for index in ordered}
    world = world_for(demands.values(), known.network, known.revisions, now=now)
    decisions = [decide_with_kept(resolved[index], kept[index], world) for index in kept]
    decisions += decide([demands[index] for index in ordered if index not in kept], world)
    placed = {}
    for index, decision in zip(ordered, decisions, strict=True):
        order = resolved[index]
        if decision.outcome is Outcome.SOURCED:
            own = kept[index].units if index in kept else {}
            placed[index] = draft_order(order, decision, world.stock, own, now=now)
        elif index not in kept and (taken := take_on(order, decision, world, now=now)):
            placed[index] = taken
        else:
            done[index] = answers.refused(answers.not_enough(order, decision), order.request)
    converting = {
        index: Converting(
            kept[index],
            order.draft.order_id,
            order.resolved.request.actor,
            order.reservations,
        )
        for index, order in placed.items()
        if index in kept
    }
    if converting:
        return _convert(placed, converting, now=now)
    return _reserve(placed, now=now)


def _convert(
    placed: Mapping[int, PlacedOrder], converting: Mapping[int, Converting], *, now: datetime
) -> dict[int, PlacedOrder]:
    """Reserve what was chosen, of some orders in place of what is kept for them.

    All together if possible; else each order with a hold for itself, so that one that has to wait
    for the next round keeps it.
    """
    plain = {index: order for index, order in placed.items() if index not in converting}
    further = [
        (item, order.resolved.request.actor)
        for order in plain.values()
        for item in order.reservations
    ]
    held = lock_all(converting.values(), [item for item, _ in further])
    sound = {index: each for index, each in converting.items() if each.kept.basket_id in held}
    if convert(list(sound.values()), held, further, now=now):
        return {index: placed[index] for index in placed if index in plain or index in sound}
    alone = {
        index: placed[index] for index, each in sound.items() if convert([each], held, [], now=now)
    }
    return alone | _reserve(plain, now=now)


def _reserve(placed: Mapping[int, PlacedOrder], *, now: datetime) -> dict[int, PlacedOrder]:
    """Reserve what was chosen; leave out the orders, in turn, whose units were taken meanwhile."""
    try:
        _reserve_all(placed.values(), now=now)
    except InsufficientStockError as error:
        kept = _that_fit(placed, error.shortages)
        # Every position is locked by now, so what fits is sure to be there.
        _reserve_all(kept.values(), now=now)
        return kept
    return dict(placed)


def _reserve_all(orders: Iterable[PlacedOrder], *, now: datetime) -> None:
    requests = [(item, order) for order in orders for item in order.reservations]
    reserve(
        requests=[item for item, _ in requests],
        actor=[order.resolved.request.actor for _, order in requests],
        now=now,
    )


def _that_fit(
    placed: Mapping[int, PlacedOrder], shortages: Sequence[Shortage]
) -> dict[int, PlacedOrder]:
    left = {(item.sku_id, item.location_id): item.available for item in shortages}
    kept = {}
    for index, order in placed.items():
        wanted: Counter[tuple[int, int]] = Counter()
        for item in order.reservations:
            wanted[item.sku_id, item.location_id] += item.quantity
        scarce = wanted.keys() & left.keys()
        if all(left[pair] >= wanted[pair] for pair in scarce):
            for pair in scarce:
                left[pair] -= wanted[pair]
            kept[index] = order
    return kept

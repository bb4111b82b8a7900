"""The races of a basket, step by step and then all at once: each hold ends in exactly one way."""

import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction

from chaland.inventory.models import Reservation
from chaland.inventory.operations import (
    change_hold,
    convert_holds,
    expire_holds,
    hold,
    lock_holds,
    release_holds,
    renew_holds,
    reserve,
)
from chaland.inventory.queries import held_by, verify
from chaland.inventory.types import (
    BasketHold,
    HoldClosedError,
    HoldLine,
    HoldOutcome,
    InsufficientStockError,
    Pair,
    PositionState,
)
from chaland.kernel.actor import SYSTEM
from chaland.kernel.ids import new_uuid
from tests.inventory.conftest import (
    NOW,
    Put,
    Retailer,
    basket_of,
    make_channel,
    request_for,
    state_of,
)
from tests.inventory.other import PATIENCE, Other

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]

ENDED = NOW + timedelta(hours=1)
Step = Callable[[], object]


def keep(basket: BasketHold) -> None:
    with transaction.atomic():
        hold(baskets=[basket], now=NOW, actor=SYSTEM)


def pay(basket: BasketHold, order: UUID) -> bool:
    """Order what the basket keeps; tell whether it was still kept."""
    requests = [
        request_for(line.sku_id, line.location_id, line.quantity, order=order)
        for line in basket.lines
    ]
    pairs = [(line.sku_id, line.location_id) for line in basket.lines]
    held = lock_holds([basket.basket_id], further=pairs)
    if held:
        convert_holds(held=held, orders={basket.basket_id: (order, SYSTEM)}, now=NOW)
    reserve(requests=requests, now=NOW, actor=SYSTEM)
    return bool(held)


def expire() -> object:
    return expire_holds(now=ENDED, limit=10)


def release(basket: BasketHold) -> set[UUID]:
    return release_holds(basket_ids=[basket.basket_id], reason="", now=NOW, actor=SYSTEM)


def outcomes(basket: BasketHold) -> set[HoldOutcome | None]:
    return {row.outcome for row in held_by([basket.basket_id])[basket.basket_id]}


@pytest.fixture
def basket(retailer: Retailer, open_stock: Put) -> BasketHold:
    """Keep all there is at two positions."""
    tea, cup = retailer.skus
    place = retailer.locations[0]
    for sku in (tea, cup):
        open_stock(sku, place, 2)
    kept = basket_of(make_channel("web"), (cup, place, 2), (tea, place, 2))
    keep(kept)
    return kept


def reserved(basket: BasketHold) -> list[int]:
    return [state_of(line.sku_id, line.location_id).reserved for line in basket.lines]


def test_payment_that_comes_second_competes_for_what_expiry_gave_back(
    basket: BasketHold, other: Other
) -> None:
    with transaction.atomic():
        expire()
        second = other.start(lambda: pay(basket, new_uuid()))
    assert second.result(PATIENCE) is False
    assert outcomes(basket) == {HoldOutcome.EXPIRED}
    assert reserved(basket) == [2, 2]
    assert verify().clean


@pytest.mark.parametrize("ending", ["expire", "release", "pay"])
def test_whatever_ends_a_hold_that_is_being_paid_comes_too_late(
    basket: BasketHold, other: Other, ending: str
) -> None:
    first, second = new_uuid(), new_uuid()
    endings: dict[str, Step] = {
        "expire": expire,
        "release": lambda: release(basket),
        "pay": lambda: pay(basket, second),
    }
    with transaction.atomic():
        pay(basket, first)
        late = other.start(endings[ending])
    if ending == "pay":
        with pytest.raises(InsufficientStockError):
            late.result(PATIENCE)
    else:
        late.result(PATIENCE)
    assert outcomes(basket) == {HoldOutcome.CONVERTED}
    assert {row.order_id for row in held_by([basket.basket_id])[basket.basket_id]} == {first}
    assert set(Reservation.objects.values_list("order_id", flat=True)) == {first}
    assert reserved(basket) == [2, 2]
    assert verify().clean


def test_a_release_that_is_given_up_leaves_the_hold_to_the_payment(
    basket: BasketHold, other: Other
) -> None:
    with transaction.atomic():
        release(basket)
        second = other.start(lambda: pay(basket, new_uuid()))
        transaction.set_rollback(True)
    assert second.result(PATIENCE) is True
    assert outcomes(basket) == {HoldOutcome.CONVERTED}
    assert verify().clean


def test_a_basket_renewed_in_time_is_not_expired_in_any_part(
    basket: BasketHold, other: Other
) -> None:
    with transaction.atomic():
        renew_holds(ttls={basket.basket_id: None}, now=ENDED)
        second = other.start(expire)
    second.result(PATIENCE)
    assert outcomes(basket) == {None}
    assert reserved(basket) == [2, 2]
    assert verify().clean


def test_a_basket_that_expires_is_not_renewed_in_any_part(basket: BasketHold, other: Other) -> None:
    with transaction.atomic():
        expire()
        second = other.start(lambda: renew_holds(ttls={basket.basket_id: None}, now=ENDED))
    assert second.result(PATIENCE) == {}
    assert outcomes(basket) == {HoldOutcome.EXPIRED}
    assert reserved(basket) == [0, 0]
    assert verify().clean


def test_the_last_unit_goes_to_a_hold_or_to_an_order(
    retailer: Retailer, open_stock: Put, other: Other
) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 1)
    kept = basket_of(make_channel("web"), (sku, place, 1))
    with transaction.atomic():
        hold(baskets=[kept], now=NOW, actor=SYSTEM)
        second = other.start(
            lambda: reserve(requests=[request_for(sku, place, 1)], now=NOW, actor=SYSTEM)
        )
    with pytest.raises(InsufficientStockError):
        second.result(PATIENCE)
    with transaction.atomic():
        release(kept)
    with transaction.atomic():
        reserve(requests=[request_for(sku, place, 1)], now=NOW, actor=SYSTEM)
        second = other.start(lambda: hold(baskets=[kept], now=NOW, actor=SYSTEM))
    with pytest.raises(InsufficientStockError):
        second.result(PATIENCE)
    assert state_of(sku, place) == PositionState(on_hand=1, reserved=1)
    assert verify().clean


def test_units_that_a_basket_got_meanwhile_are_let_go_with_it(
    basket: BasketHold, retailer: Retailer, open_stock: Put, other: Other
) -> None:
    tea, other_place = retailer.skus[0], retailer.locations[1]
    open_stock(tea, other_place, 3)
    more = replace(basket, lines=(*basket.lines, HoldLine(tea, other_place, 3)))
    with transaction.atomic():
        change_hold(basket=more, now=NOW, actor=SYSTEM)
        second = other.start(lambda: release(basket))
    assert second.result(PATIENCE) == {basket.basket_id}
    assert outcomes(basket) == {HoldOutcome.RELEASED}
    assert reserved(more) == [0, 0, 0]
    assert verify().clean


def test_a_basket_that_is_released_first_cannot_be_changed(
    basket: BasketHold, other: Other
) -> None:
    with transaction.atomic():
        release(basket)
        second = other.start(lambda: change_hold(basket=basket, now=NOW, actor=SYSTEM))
    with pytest.raises(HoldClosedError):
        second.result(PATIENCE)
    assert reserved(basket) == [0, 0]
    assert verify().clean


class Shoppers:
    """Hold crossing positions, change, renew and pay, while others release and expire."""

    def __init__(self, pairs: Sequence[Pair], channel: int) -> None:
        self.pairs, self.channel = pairs, channel
        self.baskets: list[BasketHold] = []
        self.paid: list[UUID] = []
        self.barrier = threading.Barrier(4)

    def work(self, seed: int) -> None:
        """Do sixty things, each in a transaction."""
        dice = random.Random(seed)  # noqa: S311 - chance, not secrecy
        self.barrier.wait()
        for _ in range(60):
            with suppress(InsufficientStockError, HoldClosedError), transaction.atomic():
                self._act(dice)
        connection.close()

    def _lines(self, dice: random.Random) -> tuple[HoldLine, ...]:
        return tuple(HoldLine(*pair, dice.randint(1, 2)) for pair in dice.sample(self.pairs, 3))

    def _act(self, dice: random.Random) -> None:
        deed = dice.randrange(6)
        if deed <= 1 or not self.baskets:
            made = replace(basket_of(self.channel), lines=self._lines(dice))
            hold(baskets=[made], now=NOW, actor=SYSTEM)
            self.baskets.append(made)
            return
        chosen = dice.choice(self.baskets[-6:])
        if deed == 2:
            change_hold(basket=replace(chosen, lines=self._lines(dice)), now=NOW, actor=SYSTEM)
        elif deed == 3:
            still_kept = pay(chosen, new_uuid())
            self.paid += [chosen.basket_id] * still_kept
            transaction.set_rollback(not still_kept)
        elif deed == 4:
            release(chosen)
            renew_holds(ttls={dice.choice(self.baskets).basket_id: 900}, now=NOW)
        else:
            expire_holds(now=NOW if dice.random() < 0.7 else ENDED, limit=3)


def test_everything_at_once_ends_each_hold_once_and_never_deadlocks(
    retailer: Retailer, open_stock: Put
) -> None:
    pairs = [(sku, place) for sku in retailer.skus for place in retailer.locations]
    for pair in pairs:
        open_stock(*pair, 12)
    shoppers = Shoppers(pairs, make_channel("web"))
    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(shoppers.work, seed) for seed in range(4)]:
            future.result(60)
    assert verify().clean
    converted = [
        basket_id
        for basket_id, rows in held_by([item.basket_id for item in shoppers.baskets]).items()
        if any(row.outcome is HoldOutcome.CONVERTED for row in rows)
    ]
    assert sorted(converted) == sorted(shoppers.paid)
    with transaction.atomic():
        while expire_holds(now=ENDED, limit=100):
            pass
    open_units = sum(row.quantity - row.issued - row.released for row in Reservation.objects.all())
    assert sum(state_of(*pair).reserved for pair in pairs) == open_units
    assert verify().clean

"""Holds of baskets: kept, changed, renewed, and ended in exactly one way."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import orjson
import pytest
from django.db import IntegrityError, transaction

from chaland.database.statements import execute, fetch_all
from chaland.inventory.models import Hold, Movement, Quota
from chaland.inventory.operations import (
    change_hold,
    convert_holds,
    expire_holds,
    forget_holds,
    grant_quotas,
    hold,
    lock_holds,
    release_holds,
    renew_holds,
    reserve,
)
from chaland.inventory.queries import held_by, verify
from chaland.inventory.types import (
    HOLD_PREFIX,
    BasketHold,
    HoldClosedError,
    HoldLine,
    HoldOutcome,
    InsufficientStockError,
    QuotaGrant,
    Shortage,
)
from chaland.kernel.actor import SYSTEM
from chaland.kernel.ids import new_uuid, to_public
from tests.inventory.conftest import (
    NOW,
    Put,
    Retailer,
    basket_of,
    make_channel,
    request_for,
    state_of,
)

pytestmark = pytest.mark.django_db

TTL = timedelta(seconds=900)


@pytest.fixture
def web(retailer: Retailer) -> int:
    del retailer
    return make_channel("web")


def keep(*baskets: BasketHold) -> None:
    hold(baskets=baskets, now=NOW, actor=SYSTEM)


def outcomes(basket: UUID) -> list[HoldOutcome | None]:
    return [row.outcome for row in held_by([basket])[basket]]


def test_a_hold_keeps_units_and_the_ledger_tells_for_whom(
    retailer: Retailer, open_stock: Put, web: int
) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 5)
    basket = replace(basket_of(web, (sku, place, 2)), reference="b-7", organisation_ids=(3, 1))
    keep(basket)
    assert state_of(sku, place).available == 3
    (row,) = held_by([basket.basket_id])[basket.basket_id]
    assert (row.quantity, row.reference, row.organisation_ids) == (2, "b-7", (3, 1))
    assert (row.expires_at, row.closed_at, row.outcome) == (NOW + TTL, None, None)
    line = Movement.objects.get(kind="hold")
    assert (line.reserved_delta, line.reservation_id) == (2, basket.basket_id)
    assert (line.cause_type, line.cause_id) == ("basket", to_public(HOLD_PREFIX, basket.basket_id))
    assert verify().clean


def test_too_little_keeps_nothing_and_says_what_may_be_had(
    retailer: Retailer, open_stock: Put, web: int
) -> None:
    tea, cup = retailer.skus
    place = retailer.locations[0]
    open_stock(tea, place, 5)
    baskets = [basket_of(web, (tea, place, 2)), basket_of(web, (tea, place, 2), (cup, place, 1))]
    lines = tuple(replace(line, keep=2) for line in baskets[0].lines)
    with pytest.raises(InsufficientStockError) as refusal:
        keep(replace(baskets[0], lines=lines), baskets[1])
    assert set(refusal.value.shortages) == {
        Shortage(tea, place, wanted=4, available=3),
        Shortage(cup, place, wanted=1, available=0),
    }
    assert Hold.objects.count() == 0
    assert state_of(tea, place).available == 5


def test_a_changed_basket_keeps_what_stays_without_a_gap(
    retailer: Retailer, open_stock: Put, web: int
) -> None:
    tea, cup = retailer.skus
    one, two, _ = retailer.locations
    for sku, place in ((tea, one), (cup, one), (tea, two)):
        open_stock(sku, place, 3)
    basket = basket_of(web, (tea, one, 3), (cup, one, 2))
    keep(basket)
    later = NOW + timedelta(minutes=5)
    wanted = (HoldLine(tea, one, 1), HoldLine(tea, two, 3))
    change_hold(basket=replace(basket, lines=wanted), now=later, actor=SYSTEM)
    assert [state_of(*pair).reserved for pair in ((tea, one), (cup, one), (tea, two))] == [1, 0, 3]
    rows = held_by([basket.basket_id])[basket.basket_id]
    assert {row.expires_at for row in rows if row.closed_at is None} == {later + TTL}
    with pytest.raises(InsufficientStockError):
        change_hold(
            basket=replace(basket, lines=(HoldLine(cup, one, 1), HoldLine(tea, two, 4))),
            now=later,
            actor=SYSTEM,
        )
    assert [state_of(*pair).reserved for pair in ((tea, one), (cup, one), (tea, two))] == [1, 0, 3]
    # What was closed is opened again.
    change_hold(basket=replace(basket, lines=(HoldLine(cup, one, 1),)), now=later, actor=SYSTEM)
    assert [state_of(*pair).reserved for pair in ((tea, one), (cup, one), (tea, two))] == [0, 1, 0]
    assert verify().clean


def test_activity_renews_and_time_ends_it(retailer: Retailer, open_stock: Put, web: int) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 5)
    kept, lost = basket_of(web, (sku, place, 2)), basket_of(web, (sku, place, 1))
    keep(kept, lost)
    soon = NOW + timedelta(minutes=10)
    ended = NOW + TTL
    assert renew_holds(ttls={kept.basket_id: None, new_uuid(): 60}, now=soon) == {
        kept.basket_id: soon + TTL
    }
    assert expire_holds(now=ended - timedelta(seconds=1), limit=10) == 0
    assert expire_holds(now=ended, limit=10) == 1
    assert expire_holds(now=ended, limit=10) == 0
    assert outcomes(lost.basket_id) == [HoldOutcome.EXPIRED]
    assert outcomes(kept.basket_id) == [None]
    assert state_of(sku, place).reserved == 2
    assert renew_holds(ttls={lost.basket_id: None}, now=ended) == {}
    with pytest.raises(HoldClosedError):
        change_hold(basket=lost, now=ended, actor=SYSTEM)
    ((lines,),) = fetch_all(
        "SELECT data->'lines' FROM outbox_event WHERE type = 'stock.hold_expired'"
    )
    assert orjson.loads(lines) == [{"sku": "TEA", "location": "warehouse", "quantity": 1}]
    assert verify().clean
    assert forget_holds(before=ended + timedelta(days=1)) == 1
    assert held_by([lost.basket_id]) == {}
    assert verify().clean


def test_a_hold_becomes_a_reservation_even_when_nothing_else_is_left(
    retailer: Retailer, open_stock: Put, web: int
) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 2)
    grant = QuotaGrant(sku_id=sku, location_id=place, channel_id=web, granted=2)
    grant_quotas(grants=[grant], now=NOW, actor=SYSTEM)
    basket = basket_of(web, (sku, place, 2))
    keep(basket)
    assert Quota.objects.get().used == 2
    order = new_uuid()
    wanted = replace(request_for(sku, place, 2, order=order), channel_id=web)
    with transaction.atomic():
        held = lock_holds([basket.basket_id], further=[(sku, place)])
        convert_holds(held=held, orders={basket.basket_id: (order, SYSTEM)}, now=NOW)
        reserve(requests=[wanted], now=NOW, actor=SYSTEM)
    assert state_of(sku, place).reserved == 2
    assert Quota.objects.get().used == 2
    assert Hold.objects.get().order_id == order
    assert release_holds(basket_ids=[basket.basket_id], reason="", now=NOW, actor=SYSTEM) == set()
    assert outcomes(basket.basket_id) == [HoldOutcome.CONVERTED]
    assert verify().clean


def test_a_released_hold_gives_its_units_and_its_quota_back(
    retailer: Retailer, open_stock: Put, web: int
) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 5)
    basket = basket_of(web, (sku, place, 1))
    keep(basket)
    grant = QuotaGrant(sku_id=sku, location_id=place, channel_id=web, granted=2)
    grant_quotas(grants=[grant], now=NOW, actor=SYSTEM)
    # The row does not count in a quota that is younger; neither do the units that are added to it.
    more = replace(basket, lines=(HoldLine(sku, place, 3),))
    change_hold(basket=more, now=NOW, actor=SYSTEM)
    assert Quota.objects.get().used == 0
    keep(basket_of(web, (sku, place, 2)))
    assert Quota.objects.get().used == 2
    release_holds(basket_ids=[basket.basket_id], reason="emptied", now=NOW, actor=SYSTEM)
    assert outcomes(basket.basket_id) == [HoldOutcome.RELEASED]
    assert (state_of(sku, place).reserved, Quota.objects.get().used) == (2, 2)
    assert verify().clean


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE inventory_hold SET quantity = quantity + 1",
        "DELETE FROM inventory_hold",
        "UPDATE inventory_hold SET closed_at = now(), outcome = 'expired'",
    ],
)
def test_damage_to_holds_is_found(
    retailer: Retailer, open_stock: Put, web: int, damage: str
) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 5)
    keep(basket_of(web, (sku, place, 1)))
    assert verify().clean
    execute(damage)
    found = {check.name for check in verify().checks if check.broken}
    assert found == {"hold_history", "reserved_sums"}


def test_the_database_refuses_half_truths(retailer: Retailer, open_stock: Put, web: int) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 5)
    keep(basket_of(web, (sku, place, 1)))
    for change in (
        "UPDATE inventory_hold SET closed_at = now()",
        "UPDATE inventory_hold SET outcome = 'expired'",
        "UPDATE inventory_hold SET quantity = 0",
        "UPDATE inventory_hold SET order_id = basket_id",
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            execute(change)

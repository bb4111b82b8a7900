"""Stock is conserved when baskets hold, change, renew, pay and expire among everything else."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from chaland.inventory.models import Hold, Quota
from chaland.inventory.operations import (
    change_hold,
    convert_holds,
    expire_holds,
    grant_quotas,
    hold,
    lock_holds,
    refill_quotas,
    release_holds,
    renew_holds,
    reserve,
)
from chaland.inventory.types import (
    BasketHold,
    HoldClosedError,
    HoldLine,
    InsufficientStockError,
    QuotaGrant,
    QuotaReturn,
    ReservationRequest,
)
from chaland.kernel.actor import SYSTEM
from chaland.kernel.ids import new_uuid
from tests.inventory.conftest import NOW, Retailer, basket_of, make_channel, request_for
from tests.inventory.test_conservation import Stock, places, units

Place = tuple[int, int]
TTL = timedelta(seconds=900)
wishes = st.dictionaries(places, units, min_size=1, max_size=3)


@dataclass
class Basket:
    """What the model knows of a basket: what it keeps, where, and until when."""

    asked: BasketHold
    kept: dict[Place, int]
    until: datetime


class StockWithBaskets(Stock):
    """All that ``Stock`` does, and baskets."""

    channel: int
    baskets: Bundle[Basket] = Bundle("baskets")

    @initialize()
    def no_baskets(self) -> None:
        """Begin a day without baskets."""
        self.present = NOW
        self.all_baskets: list[Basket] = []

    def _lines(self, wanted: dict[Place, int]) -> tuple[HoldLine, ...]:
        return tuple(
            HoldLine(self.skus[place[0]], self.places[place[1]], quantity)
            for place, quantity in wanted.items()
        )

    def _fits(self, wanted: dict[Place, int], kept: dict[Place, int]) -> bool:
        return all(
            self._available(place) >= quantity - kept.get(place, 0)
            for place, quantity in wanted.items()
            if quantity > kept.get(place, 0)
        )

    def _let_go(self, basket: Basket) -> None:
        for place, quantity in basket.kept.items():
            self.model[place][1] -= quantity
        basket.kept = {}

    @rule(target=baskets, wanted=wishes)
    def hold(self, wanted: dict[Place, int]) -> Any:
        """A shopper puts something into a basket."""
        asked = replace(basket_of(self.channel), lines=self._lines(wanted))
        if not self._act(
            lambda: hold(baskets=[asked], now=self.present, actor=SYSTEM),
            allowed=self._fits(wanted, {}),
            refusal=InsufficientStockError,
        ):
            return multiple()
        for place, quantity in wanted.items():
            self.model[place][1] += quantity
        basket = Basket(asked, wanted, self.present + TTL)
        self.all_baskets.append(basket)
        return basket

    @rule(basket=baskets, wanted=wishes)
    def change(self, basket: Basket, wanted: dict[Place, int]) -> None:
        """The shopper changes the basket, and so renews it."""
        asked = replace(basket.asked, lines=self._lines(wanted))
        if self._act(
            lambda: change_hold(basket=asked, now=self.present, actor=SYSTEM),
            allowed=bool(basket.kept) and self._fits(wanted, basket.kept),
            refusal=(InsufficientStockError, HoldClosedError),
        ):
            self._let_go(basket)
            for place, quantity in wanted.items():
                self.model[place][1] += quantity
            basket.kept, basket.until = wanted, self.present + TTL

    @rule(basket=baskets, minutes=st.integers(1, 12))
    def look_at(self, basket: Basket, minutes: int) -> None:
        """Time goes by, and the shopper looks at the basket."""
        self.present += timedelta(minutes=minutes)
        with transaction.atomic():
            renewed = renew_holds(ttls={basket.asked.basket_id: None}, now=self.present)
        assert bool(renewed) == bool(basket.kept)
        basket.until = self.present + TTL

    @rule(basket=consumes(baskets))
    def empty(self, basket: Basket) -> None:
        """The shopper gives the basket up."""
        identifier = basket.asked.basket_id
        with transaction.atomic():
            open_ones = release_holds(
                basket_ids=[identifier], reason="", now=self.present, actor=SYSTEM
            )
        assert (identifier in open_ones) == bool(basket.kept)
        self._let_go(basket)

    @rule(target=Stock.reservations, basket=baskets, wanted=wishes)
    def pay(self, basket: Basket, wanted: dict[Place, int]) -> Any:
        """The shopper orders, what the basket keeps or anything else; if refused, it stays kept."""
        order = new_uuid()
        requests: list[ReservationRequest] = [
            replace(
                request_for(line.sku_id, line.location_id, line.quantity, order=order),
                channel_id=self.channel,
            )
            for line in self._lines(wanted)
        ]

        def action() -> None:
            identifier = basket.asked.basket_id
            held = lock_holds(
                [identifier], further=[(item.sku_id, item.location_id) for item in requests]
            )
            if held:
                convert_holds(held=held, orders={identifier: (order, SYSTEM)}, now=self.present)
            reserve(requests=requests, now=self.present, actor=SYSTEM)

        if not self._act(
            action, allowed=self._fits(wanted, basket.kept), refusal=InsufficientStockError
        ):
            return multiple()
        self._let_go(basket)
        for place, quantity in wanted.items():
            self.model[place][1] += quantity
        self.open.update({item.reservation_id: item.quantity for item in requests})
        return multiple(*requests)

    @rule(minutes=st.integers(0, 20))
    def sweep(self, minutes: int) -> None:
        """Time goes by, and the worker closes what is due."""
        self.present += timedelta(minutes=minutes)
        with transaction.atomic():
            expire_holds(now=self.present, limit=100)
        for basket in self.all_baskets:
            if basket.until <= self.present:
                self._let_go(basket)

    @rule(place=places, granted=st.integers(0, 9), restart=st.booleans())
    def grant(self, place: Place, granted: int, *, restart: bool) -> None:
        """The retailer changes what the channel is granted."""
        quota = QuotaGrant(
            sku_id=self.skus[place[0]],
            location_id=self.places[place[1]],
            channel_id=self.channel,
            granted=granted,
            restart=restart,
        )
        with transaction.atomic():
            grant_quotas(grants=[quota], now=self.present, actor=SYSTEM)

    @rule(place=places, quantity=units)
    def refill(self, place: Place, quantity: int) -> None:
        """The channel's customers bring units back."""
        back = QuotaReturn(self.skus[place[0]], self.places[place[1]], self.channel, quantity)
        with transaction.atomic():
            refill_quotas(returns=[back])

    @invariant()
    def holds_are_the_models(self) -> None:
        """What is open is what the model says, and no quota is below zero."""
        if not hasattr(self, "all_baskets") or not hasattr(self, "skus"):
            return
        rows = {
            (row.basket_id, self.skus.index(row.sku_id), self.places.index(row.location_id)): (
                row.quantity
            )
            for row in Hold.objects.filter(sku_id__in=self.skus, closed_at__isnull=True)
        }
        assert rows == {
            (basket.asked.basket_id, *place): quantity
            for basket in self.all_baskets
            for place, quantity in basket.kept.items()
        }
        assert all(row.used >= 0 for row in Quota.objects.filter(sku_id__in=self.skus))


@pytest.mark.django_db(transaction=True)
def test_stock_is_conserved_among_baskets(retailer: Retailer) -> None:
    machine = type(
        "BasketsOfThisRun",
        (StockWithBaskets,),
        {"retailer": retailer, "channel": make_channel("web")},
    )
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=30,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

"""What must be left to others, and the account of what a channel was granted."""

from dataclasses import replace

import pytest

from chaland.database.revision import read_revisions
from chaland.database.statements import execute
from chaland.inventory.models import Quota
from chaland.inventory.operations import (
    adjust,
    grant_quotas,
    issue,
    refill_quotas,
    release,
    reserve,
)
from chaland.inventory.queries import quotas, verify
from chaland.inventory.types import (
    Adjustment,
    InsufficientStockError,
    IssueRequest,
    MovementKind,
    QuotaGrant,
    QuotaReturn,
    ReleaseRequest,
    ReservationRequest,
    Shortage,
    UnavailableStatus,
)
from chaland.kernel.actor import SYSTEM
from tests.inventory.conftest import NOW, Put, Retailer, make_channel, request_for, state_of

pytestmark = pytest.mark.django_db


def sold_by(
    channel: int, sku: int, place: int, quantity: int, *, keep: int = 0
) -> ReservationRequest:
    return replace(request_for(sku, place, quantity), channel_id=channel, keep=keep)


def used_of(sku: int, place: int, channel: int) -> tuple[int, int]:
    row = Quota.objects.get(pk=(sku, place, channel))
    return row.used, row.refilled


def test_units_that_must_be_left_are_left(retailer: Retailer, open_stock: Put) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 5)
    reserve(requests=[replace(request_for(sku, place, 2), keep=3)], now=NOW, actor=SYSTEM)
    with pytest.raises(InsufficientStockError) as refusal:
        reserve(requests=[replace(request_for(sku, place, 1), keep=4)], now=NOW, actor=SYSTEM)
    assert refusal.value.shortages == (Shortage(sku, place, wanted=1, available=0),)
    with pytest.raises(InsufficientStockError) as refusal:
        reserve(
            requests=[
                replace(request_for(sku, place, 1), keep=2),
                request_for(sku, place, 1),
            ],
            now=NOW,
            actor=SYSTEM,
        )
    assert refusal.value.shortages == (Shortage(sku, place, wanted=2, available=1),)
    assert state_of(sku, place).available == 3


def test_a_quota_counts_what_its_channel_takes_and_gives_back(
    retailer: Retailer, open_stock: Put
) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    web, shop = make_channel("web"), make_channel("shop")
    open_stock(sku, place, 20)
    before = sold_by(web, sku, place, 1)
    reserve(requests=[before], now=NOW, actor=SYSTEM)
    grants = [
        QuotaGrant(sku_id=sku, location_id=place, channel_id=web, granted=5, rule="web-first"),
        QuotaGrant(sku_id=sku, location_id=retailer.locations[1], channel_id=web, granted=2),
    ]
    assert grant_quotas(grants=grants, now=NOW, actor=SYSTEM) == 2
    revision = read_revisions()["quotas"]
    assert grant_quotas(grants=grants, now=NOW, actor=SYSTEM) == 0

    kept = [sold_by(web, sku, place, 2), sold_by(web, sku, place, 1), sold_by(shop, sku, place, 4)]
    reserve(requests=kept, now=NOW, actor=SYSTEM)
    assert used_of(sku, place, web) == (3, 0)
    assert [(item.granted, item.used, item.rule) for item in quotas([sku])] == [
        (5, 3, "web-first"),
        (2, 0, ""),
    ]
    issue(issues=[IssueRequest(kept[0].reservation_id)], now=NOW, actor=SYSTEM)
    assert used_of(sku, place, web) == (3, 0)
    back = [ReleaseRequest(item.reservation_id) for item in (before, kept[1], kept[2])]
    release(reservations=back, reason="", now=NOW, actor=SYSTEM)
    assert used_of(sku, place, web) == (2, 0)
    assert read_revisions()["quotas"] == revision
    assert verify().clean


def test_returns_refill_a_quota_and_a_later_release_never_drives_it_below_zero(
    retailer: Retailer, open_stock: Put
) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    web = make_channel("web")
    open_stock(sku, place, 20)
    grant = QuotaGrant(sku_id=sku, location_id=place, channel_id=web, granted=5)
    grant_quotas(grants=[grant], now=NOW, actor=SYSTEM)
    kept = sold_by(web, sku, place, 3)
    reserve(requests=[kept], now=NOW, actor=SYSTEM)
    refill_quotas(
        returns=[QuotaReturn(sku, place, web, 2), QuotaReturn(sku, retailer.locations[1], web, 2)]
    )
    assert used_of(sku, place, web) == (1, 2)
    release(reservations=[ReleaseRequest(kept.reservation_id, 2)], reason="", now=NOW, actor=SYSTEM)
    assert used_of(sku, place, web) == (0, 1)
    assert verify().clean
    reserve(requests=[sold_by(web, sku, place, 4)], now=NOW, actor=SYSTEM)
    grant_quotas(grants=[replace(grant, restart=True)], now=NOW, actor=SYSTEM)
    assert used_of(sku, place, web) == (0, 5)
    assert verify().clean
    execute("UPDATE inventory_quota SET used = used + 1")
    assert {check.name for check in verify().checks if check.broken} == {"quota_units"}


def test_a_refused_reservation_uses_no_quota(retailer: Retailer, open_stock: Put) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    web = make_channel("web")
    open_stock(sku, place, 1)
    grant = QuotaGrant(sku_id=sku, location_id=place, channel_id=web, granted=5)
    grant_quotas(grants=[grant], now=NOW, actor=SYSTEM)
    with pytest.raises(InsufficientStockError):
        reserve(requests=[sold_by(web, sku, place, 2)], now=NOW, actor=SYSTEM)
    assert used_of(sku, place, web) == (0, 0)


def test_a_return_refills_the_quota_of_the_channel_that_sold_it_once(
    retailer: Retailer, open_stock: Put
) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    channel = make_channel("app")
    open_stock(sku, place, 5)
    grant_quotas(grants=[QuotaGrant(sku_id=sku, location_id=place, channel_id=channel, granted=4)],
                 now=NOW, actor=SYSTEM)  # fmt: skip
    kept = sold_by(channel, sku, place, 4)
    reserve(requests=[kept], now=NOW, actor=SYSTEM)
    issue(issues=[IssueRequest(kept.reservation_id)], now=NOW, actor=SYSTEM)
    came_back = Adjustment(
        sku_id=sku,
        location_id=place,
        kind=MovementKind.RETURN,
        source="pos",
        source_ref="return-1",
        occurred_at=NOW,
        on_hand_delta=3,
        unavailable_delta=1,
        status=UnavailableStatus.DAMAGED,
        channel_id=channel,
    )
    done = adjust(adjustments=[came_back, came_back], now=NOW, actor=SYSTEM)
    assert [item.status for item in done] == ["applied", "duplicate"]
    assert used_of(sku, place, channel) == (2, 2)
    assert (state_of(sku, place).on_hand, state_of(sku, place).available) == (4, 3)
    assert verify().clean

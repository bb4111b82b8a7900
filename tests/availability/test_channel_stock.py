"""The view in memory says what a computation from scratch says, whatever has happened."""

import threading
from typing import Any

from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chaland.availability.channel_stock import ChannelStock
from chaland.availability.models import Rule
from chaland.availability.operations import set_displays
from chaland.availability.shelves import Fragment
from chaland.availability.types.showing import Display
from chaland.catalog import operations as catalog
from chaland.catalog.types import ComponentDraft, SkuDraft
from chaland.database.revision import bump_revision
from chaland.inventory.operations import adjust
from chaland.inventory.types import Adjustment, MovementKind, UnavailableStatus
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM
from chaland.network import operations as network
from chaland.network.queries import snapshot
from chaland.network.types import LocationGroupDraft
from tests.availability.conftest import CITIES, STOCK
from tests.retailer import SKUS, Retailer

CODES = (*SKUS, "CORNER")
CHANNELS = ("web", "market")
PLACES = ("WH", "SHOP-PARIS", "SHOP-LYON", "SHOP-LILLE")


def shown(view: ChannelStock) -> dict[str, dict[str, Fragment]]:
    """Ask for everything and return what is kept."""
    found = {}
    for channel in CHANNELS:
        shelf = view.refresh(channel, CODES)
        assert shelf is not None
        found[channel] = dict(shelf.fragments)
    return found


def move(sku: str, place: str, units: int, blocked: int) -> None:
    from chaland.catalog.queries import sku_facts

    item = Adjustment(
        sku_id=sku_facts([sku])[sku].id,
        location_id=snapshot().locations[snapshot().by_code[place]].id,
        kind=MovementKind.BLOCKING if blocked else MovementKind.ADJUSTMENT,
        source="test",
        occurred_at=clock.now(),
        on_hand_delta=0 if blocked else units,
        unavailable_delta=blocked,
        status=UnavailableStatus.DAMAGED if blocked else None,
    )
    with transaction.atomic():
        adjust(adjustments=[item], now=clock.now(), actor=SYSTEM)


def keep_back(kind: str, amount: int, channel: str, sku: str) -> None:
    with transaction.atomic():
        Rule.objects.all().delete()
        Rule.objects.create(
            code="r",
            name="r",
            kind=kind,
            units=amount if kind in ("safety_stock", "threshold") else None,
            percent=amount if kind == "percentage" else None,
            on=False if kind == "switch" else None,
            channels=[channel],
            skus=[sku] if sku else [],
            updated_at=clock.now(),
        )
        bump_revision("availability")


def pool(places: list[str]) -> None:
    draft = LocationGroupDraft(code="cities", name="Cities", locations=tuple(sorted(places)))
    with transaction.atomic():
        network.upsert_location_groups(drafts=[draft], now=clock.now(), actor=SYSTEM)


def kit(chairs: int) -> None:
    parts = (ComponentDraft("LAMP", 1), ComponentDraft("CHAIR", chairs))
    draft = SkuDraft(code="CORNER", name="Corner", weight_grams=1, components=parts)
    with transaction.atomic():
        catalog.upsert_skus(drafts=[draft], now=clock.now(), actor=SYSTEM)


def display(channel: str, low_at: int, *, exact: bool) -> None:
    with transaction.atomic():
        set_displays(
            displays={channel: Display(exact=exact, low_at=low_at)}, now=clock.now(), actor=SYSTEM
        )


STEPS: st.SearchStrategy[tuple[Any, ...]] = st.one_of(
    st.tuples(
        st.just(move),
        st.sampled_from(SKUS),
        st.sampled_from(PLACES),
        st.integers(-3, 6),
        st.sampled_from((0, 0, 1)),
    ),
    st.tuples(
        st.just(keep_back),
        st.sampled_from(("safety_stock", "threshold", "percentage", "switch", "last_piece")),
        st.integers(1, 9),
        st.sampled_from(CHANNELS),
        st.sampled_from(("", "LAMP", "CHAIR")),
    ),
    st.tuples(st.just(pool), st.lists(st.sampled_from(PLACES), unique=True)),
    st.tuples(st.just(kit), st.integers(1, 4)),
    st.builds(
        lambda *args: (lambda c, low, exact: display(c, low, exact=exact), *args),
        st.sampled_from(CHANNELS),
        st.integers(0, 5),
        st.booleans(),
    ),
)


@given(steps=st.lists(st.lists(STEPS, max_size=3), max_size=6))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_kept_up_to_date_it_says_what_a_new_one_says(
    open_shop: Retailer, steps: list[list[tuple[Any, ...]]]
) -> None:
    del open_shop  # what one example leaves is where the next starts
    view = ChannelStock(catalog_seconds=0)
    assert shown(view) == shown(ChannelStock())
    for happened in steps:
        for step, *values in happened:
            step(*values)
        assert shown(view) == shown(ChannelStock())


def test_changes_are_seen_in_whatever_order_they_are_committed(open_shop: Retailer) -> None:
    del open_shop
    view = ChannelStock()
    shown(view)
    began, go_on = threading.Event(), threading.Event()

    def slowly() -> None:
        try:
            with transaction.atomic():
                move("LAMP", "WH", 1, 0)
                began.set()
                assert go_on.wait(20)
        finally:
            connection.close()

    slow = threading.Thread(target=slowly)
    slow.start()
    assert began.wait(20)
    move("VASE", "WH", 5, 0)  # a later transaction, committed first
    before = shown(view)
    assert before == shown(ChannelStock())
    go_on.set()
    slow.join(20)
    after = shown(view)
    assert after == shown(ChannelStock())
    assert before["web"]["LAMP"] != after["web"]["LAMP"]


def test_only_what_changed_is_worked_out_again(open_shop: Retailer) -> None:
    del open_shop
    view = ChannelStock()
    before = shown(view)["web"]
    move("LAMP", "WH", 1, 0)
    after = shown(view)["web"]
    kept = [code for code in CODES if after[code] is before[code]]
    assert sorted(kept) == ["CHAIR", "TABLE", "VASE"]  # a lamp is part of the corner


def test_a_catalogue_that_is_edited_all_day_is_looked_at_now_and_then(open_shop: Retailer) -> None:
    del open_shop
    time = 100.0
    view = ChannelStock(catalog_seconds=5, monotonic=lambda: time)
    kit(2)
    before = shown(view)["web"]
    kit(1)
    kit(3)
    assert shown(view)["web"] != before  # the first time at once
    kit(1)
    assert shown(view) != shown(ChannelStock())
    move("LAMP", "WH", 1, 0)
    assert shown(view) == shown(ChannelStock())  # what moves is up to date in any case
    kit(4)
    time += 5
    after = shown(view)["web"]
    assert after == shown(ChannelStock())["web"]
    assert [code for code in CODES if after[code] is before[code]] == ["CHAIR", "TABLE", "VASE"]


def test_its_age_is_counted_from_before_it_was_read(open_shop: Retailer) -> None:
    del open_shop
    time = 100.0
    view = ChannelStock(monotonic=lambda: time)
    assert view.age() == float("inf")
    shown(view)
    assert view.age() == 0
    time += 0.25
    assert view.age() == 0.25
    view.refresh()
    assert view.age() == 0


def test_it_forgets_rather_than_grow_without_bound(open_shop: Retailer) -> None:
    del open_shop
    view = ChannelStock(most_fragments=3)
    for _ in range(3):
        for code in STOCK:
            shelf = view.refresh("web", [code])
            assert shelf is not None
            assert code in shelf.fragments
            assert len(shelf.fragments) <= 4
    view.forget()
    assert view.shelf("web") is None


def test_there_is_no_shelf_for_a_channel_that_does_not_exist(open_shop: Retailer) -> None:
    del open_shop
    view = ChannelStock()
    assert view.refresh("nope", ["LAMP"]) is None
    shelf = view.refresh("market", ["NOPE", "LAMP"])
    assert shelf is not None
    assert list(shelf.fragments) == ["LAMP"]
    assert view.has("market", ["NOPE", "LAMP"])
    assert not view.has("market", ["VASE"])
    assert not view.has("web", ["LAMP"])
    with transaction.atomic():
        draft = SkuDraft(code="NOPE", name="Now there", weight_grams=1)
        catalog.upsert_skus(drafts=[draft], now=clock.now(), actor=SYSTEM)
    shelf = view.refresh("market", ["NOPE"])
    assert shelf is not None
    assert "NOPE" in shelf.fragments
    assert CITIES

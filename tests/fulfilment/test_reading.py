"""To-do lists, loads, what is late and what is stuck."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from chaland.database.statements import execute
from chaland.fulfilment import operations as fulfilment
from chaland.fulfilment import queries
from chaland.fulfilment.queries import FulfilmentFilter
from chaland.fulfilment.types import (
    FulfilmentState,
    PackRequest,
    ParcelDraft,
    PickRequest,
    ShipRequest,
    SiteLoad,
)
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM
from chaland.kernel.errors import NotFoundError
from chaland.kernel.ids import from_public, new_uuid
from chaland.network.queries import snapshot
from tests.retailer import Retailer

NOW = clock.now()


@pytest.fixture
def works(transactional_db: None) -> list[UUID]:  # noqa: ARG001 - asked for its effect
    """Five fulfilment orders: planned, released, accepted, packed and shipped."""
    retailer = Retailer.build({"LAMP": {"WH": 20}})
    ids = [
        from_public("ful", retailer.place({"LAMP": 2})["fulfilment_orders"][0]["id"])
        for _ in range(5)
    ]
    with transaction.atomic():
        fulfilment.release(fulfilment_ids=ids[1:], now=NOW, actor=SYSTEM)
        fulfilment.accept(fulfilment_ids=ids[2:], now=NOW, actor=SYSTEM)
        for work in ids[3:]:
            fulfilment.pick(request=PickRequest(fulfilment_id=work), now=NOW, actor=SYSTEM)
            parcels = (ParcelDraft(parcel_id=new_uuid()),)
            packing = PackRequest(fulfilment_id=work, parcels=parcels)
            fulfilment.pack(request=packing, now=NOW, actor=SYSTEM)
        fulfilment.ship(request=ShipRequest(fulfilment_id=ids[4]), now=NOW, actor=SYSTEM)
    return ids


def warehouse() -> int:
    return snapshot().locations[snapshot().by_code["WH"]].id


def test_the_load_of_a_site_counts_each_once(works: list[UUID]) -> None:
    del works
    day = timedelta(days=1)
    assert queries.load_by_location(now=NOW, since=NOW - day) == {
        warehouse(): SiteLoad(planned=1, released=1, in_work=2, ready=0, late=0, done=1)
    }
    later = queries.load_by_location(now=NOW + 30 * day, since=NOW + day)[warehouse()]
    assert (later.late, later.done, later.waiting) == (4, 0, 4)
    assert queries.load_by_location(now=NOW, since=NOW, location_ids=[]) == {}
    assert queries.waiting_by_location() == {warehouse(): 4}


def test_the_work_list_has_what_the_site_was_told_most_urgent_first(works: list[UUID]) -> None:
    execute("UPDATE fulfilment_order SET dispatch_by = NULL WHERE id = %s", [works[1]])
    execute(
        "UPDATE fulfilment_order SET dispatch_by = dispatch_by - interval '1 day' WHERE id = %s",
        [works[3]],
    )
    items = queries.work_list(location_ids=[warehouse()])
    assert [item.fulfilment.id for item in items] == [works[3], works[2], works[1]]
    assert {(item.line_count, item.units) for item in items} == {(1, 2)}
    assert queries.work_list(location_ids=[]) == []
    only = queries.work_list(location_ids=None, states=[FulfilmentState.PACKED], limit=5)
    assert [item.fulfilment.id for item in only] == [works[3]]


def test_late_and_stuck_work_is_found(works: list[UUID]) -> None:
    assert queries.late(now=NOW) == []
    later = NOW + timedelta(days=30)
    assert {item.fulfilment.id for item in queries.late(now=later)} == set(works)
    assert queries.stuck(older_than=NOW) == []
    found = queries.stuck(older_than=NOW + timedelta(minutes=1))
    assert {item.fulfilment.id for item in found} == set(works[1:4])
    assert queries.stuck(older_than=later, location_ids=[]) == []


def test_search_narrows_by_each_field(works: list[UUID]) -> None:
    def found(**filters: object) -> list[UUID]:
        return [item.id for item in queries.search(FulfilmentFilter(**filters))]  # type: ignore[arg-type]

    assert found() == works[::-1]
    assert found(states=[FulfilmentState.PLANNED, FulfilmentState.SHIPPED]) == [works[4], works[0]]
    assert found(order_id=queries.by_id(works)[works[2]].order_id) == [works[2]]
    assert found(location_ids=[]) == []
    assert found(late=True) == []
    page = queries.search(FulfilmentFilter(), before=works[2], limit=1)
    assert [item.id for item in page] == [works[1]]
    assert queries.count_by_state()[FulfilmentState.RELEASED] == 1


def test_what_is_not_there_is_not_locked(works: list[UUID]) -> None:
    with pytest.raises(NotFoundError), transaction.atomic():
        fulfilment.lock_work([works[0], new_uuid()])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE fulfilment_order SET state = 'lost'",
        "UPDATE fulfilment_order SET method = 'drone'",
        "UPDATE fulfilment_line SET picked = 2, refused = 1",
        "UPDATE fulfilment_line SET cancelled = -1",
        "UPDATE fulfilment_line SET per_kit = 0",
        "UPDATE fulfilment_parcel SET weight_grams = 0",
        "UPDATE fulfilment_parcel_line SET quantity = 0",
    ],
)
def test_the_database_refuses_what_cannot_be(works: list[UUID], statement: str) -> None:
    del works
    with pytest.raises(IntegrityError), transaction.atomic():
        execute(statement)

"""Orders are cancelled, whole or in part, before and after sites were told."""

from typing import Any

from tests.journeys.conftest import Build
from tests.journeys.test_site_work import act, counts, part_at, read, try_to, types_told, walk
from tests.retailer import Answer, Retailer


def cancel(retailer: Retailer, order_id: str, units: dict[str, int] | None = None) -> Answer:
    """Cancel all of an order, or units by line id."""
    body: dict[str, Any] = {"reason": "changed mind"}
    if units is not None:
        body["lines"] = [{"line": line, "quantity": count} for line, count in units.items()]
    return retailer.client.post(f"/orders/{order_id}/cancel", body)


def line_of(order: Any, sku: str) -> str:
    return str(next(line["id"] for line in order["lines"] if line["sku"] == sku))


def test_before_release_everything_is_undone(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 4}, "VASE": {"SHOP-LYON": 4}})
    order = retailer.place({"LAMP": 2, "VASE": 1})
    answer = cancel(retailer, order["id"])
    assert (answer.status, answer.body["state"]) == (200, "cancelled")
    assert answer.body["cancelled_reason"] == "changed mind"
    assert [part["state"] for part in answer.body["fulfilment_orders"]] == ["cancelled"] * 2
    assert answer.body["actions"] == []
    assert counts("LAMP", "WH") == (4, 0, 0)
    assert counts("VASE", "SHOP-LYON") == (4, 0, 0)
    assert types_told(order["id"])[-4:] == [
        "fulfilment_order.cancelled",
        "fulfilment_order.cancelled",
        "order.lines_cancelled",
        "order.cancelled",
    ]
    again = cancel(retailer, order["id"])
    assert (again.status, again.body["code"]) == (409, "illegal_transition")
    retailer.assert_stock_is_true()


def test_after_release_it_works_until_the_goods_have_left(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 4}})
    order = retailer.place({"LAMP": 2})
    work = order["fulfilment_orders"][0]["id"]
    walk(retailer.client, work, "release", "accept", "pick", "pack")
    assert cancel(retailer, order["id"]).body["state"] == "cancelled"
    assert counts("LAMP", "WH") == (4, 0, 0)
    gone = try_to(retailer.client, work, "ship")
    assert (gone.status, gone.body["state"]) == (409, "cancelled")

    shipped = retailer.place({"LAMP": 2})
    walk(
        retailer.client,
        shipped["fulfilment_orders"][0]["id"],
        *("release", "accept", "pick", "pack", "ship"),
    )
    too_late = cancel(retailer, shipped["id"])
    assert (too_late.status, too_late.body["code"]) == (409, "illegal_transition")
    assert read(retailer.client, shipped["id"])["state"] == "fulfilled"
    retailer.assert_stock_is_true()


def test_some_units_of_a_line_are_taken_off_the_site(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5}, "VASE": {"WH": 5}})
    order = retailer.place({"LAMP": 3, "VASE": 1})
    lamp, vase = line_of(order, "LAMP"), line_of(order, "VASE")
    answer = cancel(retailer, order["id"], {lamp: 1})
    assert answer.body["state"] == "open"
    assert counts("LAMP", "WH") == (5, 2, 0)
    too_many = cancel(retailer, order["id"], {lamp: 3})
    assert (too_many.status, too_many.body["code"]) == (409, "already_shipped")
    assert too_many.body["cancellable"] == {lamp: 2, vase: 1}

    work = order["fulfilment_orders"][0]["id"]
    walk(retailer.client, work, "release", "accept", "pick")
    after = cancel(retailer, order["id"], {vase: 1}).body
    assert after["state"] == "in_progress"
    shown = retailer.client.get(f"/fulfilment-orders/{work}").body
    assert {line["sku"]: line["picked"] for line in shown["lines"]} == {"LAMP": 2, "VASE": 0}
    walk(retailer.client, work, "pack")
    closed = cancel(retailer, order["id"], {lamp: 1})
    assert (closed.status, closed.body["code"]) == (409, "illegal_transition")
    walk(retailer.client, work, "ship", "deliver")
    assert read(retailer.client, order["id"])["state"] == "completed"
    assert counts("LAMP", "WH") == (3, 0, 0)
    assert counts("VASE", "WH") == (5, 0, 0)
    retailer.assert_stock_is_true()


def test_units_without_a_site_go_first(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 3}})
    order = retailer.place({"LAMP": 3})
    work = order["fulfilment_orders"][0]["id"]
    line = walk(retailer.client, work, "release", "accept")["lines"][0]["id"]
    act(retailer.client, work, "pick", {"lines": [{"line": line, "picked": 2}]})
    assert read(retailer.client, order["id"])["state"] == "blocked"
    answer = cancel(retailer, order["id"], {line_of(order, "LAMP"): 1})
    assert answer.body["state"] == "in_progress"
    assert part_at(answer.body, "WH")["lines"][0]["to_give"] == 2


def test_what_is_left_of_a_half_shipped_order_can_be_cancelled(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5}, "VASE": {"SHOP-LYON": 5}})
    order = retailer.place({"LAMP": 1, "VASE": 1})
    work = part_at(read(retailer.client, order["id"]), "WH")["id"]
    walk(retailer.client, work, "release", "accept", "pick", "pack", "ship")
    all_of_it = cancel(retailer, order["id"])
    assert (all_of_it.status, all_of_it.body["code"]) == (409, "already_shipped")
    assert all_of_it.body["cancellable"] == {line_of(order, "LAMP"): 0, line_of(order, "VASE"): 1}
    answer = cancel(retailer, order["id"], {line_of(order, "VASE"): 1})
    assert answer.body["state"] == "fulfilled"
    walk(retailer.client, work, "deliver")
    assert read(retailer.client, order["id"])["state"] == "completed"
    assert counts("VASE", "SHOP-LYON") == (5, 0, 0)


def test_a_kit_is_cancelled_with_all_its_components(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5}, "CHAIR": {"WH": 9}})
    order = retailer.place({"CORNER": 3})
    answer = cancel(retailer, order["id"], {order["lines"][0]["id"]: 2})
    assert answer.body["state"] == "open"
    assert counts("LAMP", "WH") == (5, 1, 0)
    assert counts("CHAIR", "WH") == (9, 2, 0)
    work = order["fulfilment_orders"][0]["id"]
    walk(retailer.client, work, "release", "accept", "pick", "pack", "ship", "deliver")
    done = read(retailer.client, order["id"])
    assert (done["state"], done["lines"][0]["shipped"]) == ("completed", 1)
    retailer.assert_stock_is_true()


def test_lines_of_other_orders_and_repeated_lines_are_named(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5}})
    one, other = retailer.place(), retailer.place()
    foreign = cancel(retailer, one["id"], {line_of(other, "LAMP"): 1})
    assert foreign.body["errors"][0]["field"] == "lines[0].line"
    line = {"line": line_of(one, "LAMP"), "quantity": 1}
    body = {"reason": "x", "lines": [line, line]}
    twice = retailer.client.post(f"/orders/{one['id']}/cancel", body)
    assert twice.body["errors"][0]["code"] == "repeated"
    assert read(retailer.client, one["id"])["state"] == "open"

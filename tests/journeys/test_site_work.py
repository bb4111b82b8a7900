"""Orders are carried through their sites by the API, as a store app or a WMS would do it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chaland.database.statements import execute, fetch_all
from chaland.journeys.release_due import release_due
from chaland.journeys.watch_lateness import watch_lateness
from chaland.kernel import clock
from tests.journeys.conftest import Build
from tests.retailer import Answer, ApiClient

PICKUP_LYON = {"method": "pickup", "location": "SHOP-LYON"}


def act(client: ApiClient, work_id: str, action: str, body: Any = None, **headers: str) -> Any:
    """Do something that must be possible; return the fulfilment order as it is then."""
    answer = try_to(client, work_id, action, body, **headers)
    assert answer.status == 200, answer.body
    return answer.body


def try_to(
    client: ApiClient, work_id: str, action: str, body: Any = None, **headers: str
) -> Answer:
    return client.post(f"/fulfilment-orders/{work_id}/{action}", body, **headers)


def walk(client: ApiClient, work_id: str, *actions: str) -> Any:
    """Do several things in turn, each with what it needs at least."""
    shown = None
    for action in actions:
        shown = act(client, work_id, action)
    return shown


def read(client: ApiClient, order_id: str) -> Any:
    answer = client.get(f"/orders/{order_id}")
    assert answer.status == 200, answer.body
    return answer.body


def part_at(order: Any, location: str) -> Any:
    """Return the one part of an order that a location still has something to do with."""
    parts = [
        part
        for part in order["fulfilment_orders"]
        if part["location"] == location and part["state"] not in {"refused", "cancelled"}
    ]
    assert len(parts) == 1, order["fulfilment_orders"]
    return parts[0]


def types_told(order_id: str) -> list[str]:
    rows = fetch_all("SELECT type FROM outbox_event WHERE stream = %s ORDER BY seq", [order_id])
    return [row[0] for row in rows]


def counts(sku: str, location: str) -> tuple[int, int, int]:
    """Return on hand, reserved and unavailable units."""
    (row,) = fetch_all(
        "SELECT on_hand, reserved, unavailable FROM inventory_position p"
        " JOIN catalog_sku s ON s.id = p.sku_id JOIN network_location l ON l.id = p.location_id"
        " WHERE s.code = %s AND l.code = %s",
        [sku, location],
    )
    return row


def test_a_parcel_goes_from_the_warehouse_to_the_door(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5}})
    order = retailer.place({"LAMP": 2})
    work = order["fulfilment_orders"][0]["id"]
    assert release_due(now=clock.now() + timedelta(seconds=1)) == 1
    assert read(retailer.client, order["id"])["state"] == "in_progress"

    shown = walk(retailer.client, work, "accept", "pick", "pack")
    assert shown["lines"][0]["picked"] == 2
    (parcel,) = shown["parcels"]
    assert parcel["lines"] == [{"line": shown["lines"][0]["id"], "quantity": 2}]
    assert counts("LAMP", "WH") == (5, 2, 0)

    shown = act(retailer.client, work, "ship", {"parcels": [{"tracking_number": "PX123"}]})
    assert shown["parcels"][0]["tracking_number"] == "PX123"
    assert counts("LAMP", "WH") == (3, 0, 0)
    on_its_way = read(retailer.client, order["id"])
    assert on_its_way["state"] == "fulfilled"
    assert on_its_way["lines"][0]["shipped"] == 2

    shown = act(retailer.client, work, "deliver")
    assert (shown["state"], shown["actions"]) == ("delivered", [])
    assert read(retailer.client, order["id"])["state"] == "completed"
    assert types_told(order["id"]) == [
        "order.placed",
        "fulfilment_order.planned",
        "fulfilment_order.released",
        "order.started",
        "fulfilment_order.accepted",
        "fulfilment_order.picked",
        "fulfilment_order.packed",
        "fulfilment_order.shipped",
        "order.fulfilled",
        "parcel.delivered",
        "fulfilment_order.delivered",
        "order.completed",
    ]
    retailer.assert_stock_is_true()


def test_click_and_collect_ends_with_the_code_that_the_customer_says(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"SHOP-LYON": 3}})
    order = retailer.place({"LAMP": 1}, delivery=PICKUP_LYON)
    work = order["fulfilment_orders"][0]["id"]
    shown = walk(retailer.client, work, "release", "accept", "pick", "ready")
    assert shown["actions"] == ["collect", "cancel"]
    assert "pickup_code" not in shown, "the counter must hear it from the customer"

    code = read(retailer.client, order["id"])["pickup_codes"][work]
    assert re.fullmatch(r"[2-9A-HJKMNP-Z]{6}", code)
    wrong = try_to(retailer.client, work, "collect", {"pickup_code": "000000"})
    assert (wrong.status, wrong.body["code"]) == (409, "wrong_pickup_code")
    assert counts("LAMP", "SHOP-LYON") == (3, 1, 0)

    act(retailer.client, work, "collect", {"pickup_code": f" {code.lower()} "})
    assert counts("LAMP", "SHOP-LYON") == (2, 0, 0)
    assert read(retailer.client, order["id"])["state"] == "completed"
    timeline = retailer.client.get(f"/orders/{order['id']}/timeline").body["items"]
    assert code not in str(timeline)
    retailer.assert_stock_is_true()


def test_ship_actions_are_not_for_pickups_and_the_other_way_round(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"SHOP-LYON": 3, "WH": 3}})
    pickup = retailer.place({"LAMP": 1}, delivery=PICKUP_LYON)["fulfilment_orders"][0]["id"]
    assert walk(retailer.client, pickup, "release", "accept", "pick")["actions"] == [
        "pack",
        "ready",
        "refuse",
        "cancel",
    ]
    act(retailer.client, pickup, "pack")
    assert try_to(retailer.client, pickup, "ship").body["allowed_actions"] == ["ready", "cancel"]
    parcel = retailer.place({"LAMP": 1})["fulfilment_orders"][0]["id"]
    walk(retailer.client, parcel, "release", "accept", "pick")
    refused = try_to(retailer.client, parcel, "ready")
    assert refused.body["allowed_actions"] == ["pack", "refuse", "cancel"]


def test_an_illegal_step_names_the_possible_ones_and_changes_nothing(
    build_retailer: Build,
) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5}})
    work = retailer.place()["fulfilment_orders"][0]["id"]
    answer = try_to(retailer.client, work, "ship")
    assert answer.status == 409
    assert answer.body["code"] == "illegal_transition"
    assert answer.body["state"] == "planned"
    assert answer.body["allowed_actions"] == ["release", "cancel"]
    shown = retailer.client.get(f"/fulfilment-orders/{work}")
    assert (shown.body["state"], shown.body["version"]) == ("planned", 1)


def test_two_parcels_arrive_one_by_one(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 9}, "VASE": {"WH": 9}})
    order = retailer.place({"LAMP": 2, "VASE": 1})
    work = order["fulfilment_orders"][0]["id"]
    shown = walk(retailer.client, work, "release", "accept", "pick")
    lines = {line["sku"]: line["id"] for line in shown["lines"]}
    short = {"parcels": [{"lines": [{"line": lines["LAMP"], "quantity": 2}]}]}
    refused = try_to(retailer.client, work, "pack", short)
    assert refused.status == 422
    assert refused.body["errors"][0]["field"] == "parcels"

    first = {"weight_grams": 900, "lines": [{"line": lines["LAMP"], "quantity": 1}]}
    second = {"lines": [{"line": line, "quantity": 1} for line in lines.values()]}
    shown = act(retailer.client, work, "pack", {"parcels": [first, second]})
    one, two = (parcel["id"] for parcel in shown["parcels"])
    unnamed = try_to(retailer.client, work, "ship", {"parcels": [{"tracking_number": "A"}]})
    assert unnamed.status == 422
    tracked = [{"parcel": one, "tracking_number": "A"}, {"parcel": two, "tracking_number": "B"}]
    act(retailer.client, work, "ship", {"parcels": tracked})

    assert act(retailer.client, work, "deliver", {"parcels": [one]})["state"] == "shipped"
    assert read(retailer.client, order["id"])["state"] == "fulfilled"
    assert act(retailer.client, work, "deliver", {"parcels": [two]})["state"] == "delivered"
    assert read(retailer.client, order["id"])["state"] == "completed"
    assert types_told(order["id"]).count("parcel.delivered") == 2
    found = retailer.client.get("/orders", q="B").body["items"]
    assert [item["id"] for item in found] == [order["id"]]


def test_a_delivery_cannot_be_in_the_future(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 9}})
    work = retailer.place()["fulfilment_orders"][0]["id"]
    walk(retailer.client, work, "release", "accept", "pick", "pack", "ship")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    answer = try_to(retailer.client, work, "deliver", {"delivered_at": tomorrow})
    assert [error["field"] for error in answer.body["errors"]] == ["delivered_at"]


def test_if_match_protects_what_somebody_else_has_changed(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5}})
    order = retailer.place()
    work = order["fulfilment_orders"][0]["id"]
    seen = retailer.client.get(f"/fulfilment-orders/{work}").headers["ETag"]
    seen_order = retailer.client.get(f"/orders/{order['id']}").headers["ETag"]
    act(retailer.client, work, "release", If_Match=seen)
    stale = try_to(retailer.client, work, "accept", If_Match=seen)
    assert (stale.status, stale.body["code"]) == (412, "version_mismatch")
    path = f"/orders/{order['id']}/cancel"
    stale = retailer.client.post(path, {"reason": "changed mind"}, If_Match=seen_order)
    assert stale.status == 412
    fresh = retailer.client.get(f"/orders/{order['id']}").headers["ETag"]
    assert retailer.client.post(path, {"reason": "changed mind"}, If_Match=fresh).status == 200


def test_the_same_idempotency_key_does_the_step_once(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5}})
    work = retailer.place()["fulfilment_orders"][0]["id"]
    first = act(retailer.client, work, "release", Idempotency_Key="once")
    again = try_to(retailer.client, work, "release", Idempotency_Key="once")
    assert (again.status, again.body) == (200, first)
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_shop_that_refuses_is_never_asked_again(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 1, "SHOP-LYON": 5, "SHOP-LILLE": 1}})
    order = retailer.place({"LAMP": 1})
    first = part_at(read(retailer.client, order["id"]), "WH")
    walk(retailer.client, first["id"], "release", "accept")
    shown = act(retailer.client, first["id"], "refuse", {"reason": "not_found", "note": "gone"})
    assert (shown["state"], shown["refusal_reason"]) == ("refused", "not_found")
    assert counts("LAMP", "WH") == (1, 0, 1), "what is not found is not sold again"

    now = read(retailer.client, order["id"])
    assert now["state"] == "in_progress"
    (second,) = [part for part in now["fulfilment_orders"] if part["state"] == "planned"]
    assert second["location"] != "WH"
    walk(retailer.client, second["id"], "release", "accept")
    act(retailer.client, second["id"], "refuse", {"reason": "no_capacity"})
    third = read(retailer.client, order["id"])["fulfilment_orders"][-1]
    assert third["location"] not in {"WH", second["location"]}
    assert counts("LAMP", second["location"])[1:] == (0, 0), "capacity blocks no goods"

    walk(retailer.client, third["id"], "release")
    act(retailer.client, third["id"], "refuse", {"reason": "closed"})
    blocked = read(retailer.client, order["id"])
    assert blocked["state"] == "blocked"
    assert blocked["lines"][0]["unplaced"] == 1
    assert blocked["actions"] == ["cancel", "source"]
    decisions = retailer.client.get(f"/orders/{order['id']}/decisions").body["items"]
    assert [item["kind"] for item in decisions] == ["placement"] + ["resourcing"] * 3
    retailer.assert_stock_is_true()


def test_what_a_franchisee_sold_from_its_own_stock_is_never_taken_from_others(
    build_retailer: Build,
) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5, "SHOP-LILLE": 1}})
    franchisee = retailer.key(
        ["orders:read", "orders:write", "fulfilment:write"], organisations=["nord"]
    )
    order = franchisee.post("/orders", retailer.order_body({"LAMP": 1})).body
    work = order["fulfilment_orders"][0]["id"]
    walk(franchisee, work, "release")
    act(franchisee, work, "refuse", {"reason": "damaged"})
    assert read(retailer.client, order["id"])["state"] == "blocked"
    assert counts("LAMP", "WH") == (5, 0, 0)


def test_a_blocked_order_goes_on_when_stock_arrives(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 1, "SHOP-PARIS": 0}})
    order = retailer.place({"LAMP": 1})
    work = order["fulfilment_orders"][0]["id"]
    act(retailer.client, work, "release")
    act(retailer.client, work, "refuse", {"reason": "damaged"})
    path = f"/orders/{order['id']}/source"
    still = retailer.client.post(path)
    assert (still.status, still.body["state"]) == (200, "blocked")
    adjustment = {
        "sku": "LAMP",
        "location": "SHOP-PARIS",
        "kind": "receipt",
        "on_hand_delta": 1,
    }
    retailer.client.post("/stock/adjustments", {"items": [adjustment]})
    sourced = retailer.client.post(path)
    assert sourced.body["state"] == "in_progress"
    assert part_at(sourced.body, "SHOP-PARIS")["lines"][0]["to_give"] == 1
    assert retailer.client.post(path).body["code"] == "illegal_transition"
    assert "order.unblocked" in types_told(order["id"])


def test_a_short_pick_ships_what_is_there_and_finds_the_rest(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 3, "SHOP-LYON": 3}})
    order = retailer.place({"LAMP": 3})
    work = order["fulfilment_orders"][0]["id"]
    shown = walk(retailer.client, work, "release", "accept")
    line = shown["lines"][0]["id"]
    too_many = {"lines": [{"line": line, "picked": 4}]}
    assert try_to(retailer.client, work, "pick", too_many).status == 422
    shown = act(retailer.client, work, "pick", {"lines": [{"line": line, "picked": 2}]})
    assert (shown["state"], shown["lines"][0]["refused"]) == ("picked", 1)
    assert counts("LAMP", "WH") == (3, 2, 1)

    rest = part_at(read(retailer.client, order["id"]), "SHOP-LYON")
    assert rest["lines"][0]["to_give"] == 1
    walk(retailer.client, work, "pack", "ship", "deliver")
    half = read(retailer.client, order["id"])
    assert (half["state"], half["lines"][0]["shipped"]) == ("in_progress", 2)
    walk(retailer.client, rest["id"], "release", "accept", "pick", "pack", "ship", "deliver")
    assert read(retailer.client, order["id"])["state"] == "completed"
    retailer.assert_stock_is_true()


def test_a_site_keeps_what_it_does_not_give_back(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5, "SHOP-LYON": 5}, "VASE": {"WH": 5}})
    order = retailer.place({"LAMP": 2, "VASE": 1})
    work = order["fulfilment_orders"][0]["id"]
    shown = walk(retailer.client, work, "release", "accept")
    lamps = next(line["id"] for line in shown["lines"] if line["sku"] == "LAMP")
    some = {"reason": "damaged", "lines": [{"line": lamps, "quantity": 1}]}
    shown = act(retailer.client, work, "refuse", some)
    assert shown["state"] == "accepted"
    assert {line["sku"]: line["to_give"] for line in shown["lines"]} == {"LAMP": 1, "VASE": 1}
    assert counts("LAMP", "WH") == (5, 1, 1)
    assert part_at(read(retailer.client, order["id"]), "SHOP-LYON")["lines"][0]["to_give"] == 1
    assert "fulfilment_order.lines_refused" in types_told(order["id"])
    too_many = {"reason": "damaged", "lines": [{"line": lamps, "quantity": 2}]}
    assert try_to(retailer.client, work, "refuse", too_many).status == 422
    shown = walk(retailer.client, work, "pick", "pack")
    assert {units["quantity"] for units in shown["parcels"][0]["lines"]} == {1}
    retailer.assert_stock_is_true()


def test_nothing_found_at_all_is_a_refusal(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 1, "SHOP-LYON": 3}})
    order = retailer.place({"LAMP": 1})
    work = order["fulfilment_orders"][0]["id"]
    line = walk(retailer.client, work, "release", "accept")["lines"][0]["id"]
    shown = act(retailer.client, work, "pick", {"lines": [{"line": line, "picked": 0}]})
    assert (shown["state"], shown["refusal_reason"]) == ("refused", "not_found")
    assert part_at(read(retailer.client, order["id"]), "SHOP-LYON")["state"] == "planned"


def test_half_a_kit_goes_nowhere(build_retailer: Build) -> None:
    """A kit of 1 lamp and 2 chairs: when the chairs exist nowhere else, nor does the kit."""
    retailer = build_retailer(
        {"LAMP": {"WH": 1, "SHOP-LYON": 4}, "CHAIR": {"WH": 2, "SHOP-LYON": 1}}
    )
    order = retailer.place({"CORNER": 1})
    work = order["fulfilment_orders"][0]["id"]
    act(retailer.client, work, "release")
    act(retailer.client, work, "refuse", {"reason": "no_capacity"})
    now = read(retailer.client, order["id"])
    assert now["state"] == "blocked"
    assert [part["state"] for part in now["fulfilment_orders"]] == ["refused"]
    assert counts("LAMP", "SHOP-LYON") == (4, 0, 0)


def test_kits_stay_whole_when_another_site_is_looked_for(build_retailer: Build) -> None:
    """Paris has the lamps of two kits, and the chairs of one: Lyon sends the other whole."""
    retailer = build_retailer(
        {
            "LAMP": {"WH": 2, "SHOP-PARIS": 2, "SHOP-LYON": 1},
            "CHAIR": {"WH": 4, "SHOP-PARIS": 2, "SHOP-LYON": 2},
        }
    )
    order = retailer.place({"CORNER": 2})
    (work,) = order["fulfilment_orders"]
    assert work["location"] == "WH"
    act(retailer.client, work["id"], "release")
    act(retailer.client, work["id"], "refuse", {"reason": "no_capacity"})
    now = read(retailer.client, order["id"])
    for place in ("SHOP-PARIS", "SHOP-LYON"):
        lines = part_at(now, place)["lines"]
        assert {line["sku"]: line["quantity"] for line in lines} == {"LAMP": 1, "CHAIR": 2}
    retailer.assert_stock_is_true()


def test_work_taken_from_a_site_is_done_elsewhere(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5, "SHOP-LYON": 5}})
    order = retailer.place({"LAMP": 1})
    work = order["fulfilment_orders"][0]["id"]
    act(retailer.client, work, "cancel", {"reason": "the conveyor is down"})
    now = read(retailer.client, order["id"])
    assert now["state"] == "open"
    assert part_at(now, "SHOP-LYON")["state"] == "planned"
    assert counts("LAMP", "WH") == (5, 0, 0)


def test_a_missed_departure_is_told_once(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5}})
    order = retailer.place()
    work = order["fulfilment_orders"][0]["id"]
    act(retailer.client, work, "release")
    later = clock.now() + timedelta(days=30)
    assert watch_lateness(now=later) == 1
    assert watch_lateness(now=later) == 0
    assert types_told(order["id"]).count("fulfilment_order.late") == 1
    late = retailer.client.get("/fulfilment-orders", late="true").body["items"]
    assert [item["id"] for item in late] == [work]
    assert retailer.client.get("/fulfilment-orders", late="false").body["items"] == []

    walk(retailer.client, work, "accept", "pick", "pack", "ship")
    assert watch_lateness(now=later) == 1, "now the parcel itself is late"
    assert types_told(order["id"]).count("fulfilment_order.late") == 2
    walk(retailer.client, work, "deliver")
    assert watch_lateness(now=later + timedelta(days=30)) == 0


def test_nothing_is_released_before_its_moment(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5}})
    order = retailer.place()
    execute("UPDATE fulfilment_order SET release_at = release_at + interval '10 minutes'")
    assert release_due(now=clock.now()) == 0
    assert release_due(now=clock.now() + timedelta(minutes=11)) == 1
    assert read(retailer.client, order["id"])["fulfilment_orders"][0]["state"] == "released"


@pytest.mark.parametrize(
    ("action", "body", "field"),
    [
        ("refuse", {"reason": "bored"}, "reason"),
        ("refuse", {"reason": "other", "surprise": 1}, "surprise"),
        ("refuse", {"reason": "other", "lines": []}, "lines"),
        ("cancel", {}, "reason"),
        ("collect", {}, "pickup_code"),
        ("pack", {"parcels": []}, "parcels"),
        ("pack", {"parcels": [{"weight_grams": 0}]}, "parcels[0].weight_grams"),
        ("ship", {"parcels": [{"tracking_number": ""}]}, "parcels[0].tracking_number"),
        ("deliver", {"delivered_at": "yesterday"}, "delivered_at"),
    ],
)
def test_bad_input_names_the_field(
    build_retailer: Build, action: str, body: dict[str, Any], field: str
) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5}})
    work = retailer.place()["fulfilment_orders"][0]["id"]
    answer = try_to(retailer.client, work, action, body)
    assert answer.status == 422, answer.body
    assert [error["field"] for error in answer.body["errors"]] == [field]


def test_ids_that_are_none_or_of_nothing_are_not_found(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5}})
    order = retailer.place()
    nothing = "ful_" + "0" * 26
    assert try_to(retailer.client, nothing, "accept").status == 404
    assert retailer.client.get(f"/orders/{nothing}").status in {404, 422}
    assert retailer.client.get("/orders/ord_" + "0" * 26).status == 404
    work = order["fulfilment_orders"][0]["id"]
    walk(retailer.client, work, "release", "accept")
    foreign = {"lines": [{"line": "fln_" + "0" * 26, "picked": 1}]}
    answer = try_to(retailer.client, work, "pick", foreign)
    assert answer.body["errors"][0]["field"] == "lines[0].line"

"""What a retailer withholds is not sold, at the front door as on the product page."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.availability.conftest import SetRule
from tests.retailer import PARIS_POINT, Retailer

pytestmark = pytest.mark.journey

PICKUP_PARIS = {"method": "pickup", "location": "SHOP-PARIS"}


def available(retailer: Retailer, sku: str = "LAMP", **query: Any) -> dict[str, int]:
    asked = {"channel": "web", "locations": "true", **query}
    answer = retailer.client.get("/stock/availability", sku=sku, **asked)
    assert answer.status == 200, answer.body
    (item,) = answer.body["items"]
    return {place["location"]: place["available"] for place in item["locations"]}


def refused(retailer: Retailer, units: dict[str, int], **changes: Any) -> Any:
    answer = retailer.client.post("/orders", retailer.order_body(units, **changes))
    assert answer.status == 409, answer.body
    return answer.body


def test_a_withheld_unit_is_refused_with_the_right_numbers_until_the_rule_is_off(
    retailer: Retailer, set_rule: SetRule
) -> None:
    made = set_rule("christmas", kind="safety_stock", units=3, scope={"channels": ["web"]})
    assert (made["version"], made["notes"]) == (1, [])
    assert available(retailer) == {"WH": 7, "SHOP-PARIS": 1}
    assert available(retailer, channel="") == {"WH": 10, "SHOP-PARIS": 4, "SHOP-LYON": 1}

    problem = refused(retailer, {"LAMP": 9})
    assert problem["code"] == "insufficient_stock"
    assert problem["errors"][0]["message"] == "9 of LAMP wanted, 8 available for this order"
    retailer.place({"LAMP": 7})
    assert available(retailer) == {"SHOP-PARIS": 1}

    set_rule("christmas", kind="safety_stock", units=3, scope={"channels": ["web"]}, active=False)
    retailer.place({"LAMP": 8})
    assert available(retailer) == {}
    retailer.assert_stock_is_true()


def test_an_owner_agrees_to_the_channels_that_sell_its_stock(retailer: Retailer) -> None:
    owner = retailer.key(["stock:share", "network:read", "stock:read"], organisations=["nord"])
    assert available(retailer, "CHAIR") == {"SHOP-LILLE": 3}
    before = owner.get("/organisations/nord")
    assert before.body["channels"] == ["web"]
    path = "/organisations/nord/channels"
    stale = owner.put(path, {"channels": []}, If_Match='"99"')
    assert stale.status == 412

    answer = owner.put(path, {"channels": []}, If_Match=before.headers["ETag"])
    assert (answer.status, answer.body["channels"]) == (200, [])
    assert available(retailer, "CHAIR") == {}
    problem = refused(retailer, {"CHAIR": 1})
    assert problem["errors"][0]["message"] == "1 of CHAIR wanted, 0 available for this order"

    assert owner.put(path, {"channels": ["web"]}).status == 200
    retailer.place({"CHAIR": 1})


@pytest.mark.parametrize(
    ("who", "path", "channels", "status", "code"),
    [
        ("nord", "nord", ["nope"], 422, "invalid_input"),
        ("", "group", ["web"], 422, "invalid_input"),
        ("nord", "group", ["web"], 404, "not_found"),
        ("", "nowhere", ["web"], 404, "not_found"),
    ],
)
def test_nobody_agrees_for_another_or_to_what_does_not_exist(
    retailer: Retailer, who: str, path: str, channels: list[str], status: int, code: str
) -> None:
    limits = {"organisations": [who]} if who else {}
    key = retailer.key(["stock:share", "network:read"], **limits)
    answer = key.put(f"/organisations/{path}/channels", {"channels": channels})
    assert (answer.status, answer.body["code"]) == (status, code)


def test_every_unit_is_explained(retailer: Retailer, set_rule: SetRule) -> None:
    set_rule("christmas-toys", kind="safety_stock", units=3, scope={"locations": ["WH"]})
    set_rule("last", kind="last_piece")
    retailer.place({"LAMP": 2})
    damaged = {"sku": "LAMP", "location": "WH", "kind": "blocking", "unavailable_delta": 1}
    items = [{**damaged, "status": "damaged"}]
    retailer.client.post("/stock/adjustments", {"items": items})
    answer = retailer.client.get("/stock/explanation", sku="LAMP", channel="web")
    assert answer.status == 200, answer.body
    assert answer.body["for_sale"] == sum(available(retailer).values())
    places = {place.pop("location"): place for place in answer.body["locations"]}
    assert places["WH"] == {
        "name": "Orléans warehouse",
        "on_hand": 10,
        "reserved": 2,
        "held": 0,
        "unavailable": {"damaged": 1},
        "withheld": [
            {
                "why": "safety_stock",
                "units": 3,
                "rule": "christmas-toys",
                "name": "Christmas Toys",
                "for_channel": "",
            }
        ],
        "for_sale": 4,
    }
    assert places["SHOP-LYON"]["withheld"][0]["rule"] == "last"
    assert places["SHOP-LYON"]["for_sale"] == 0
    for query in ({"sku": "NOPE", "channel": "web"}, {"sku": "CORNER", "channel": "web"}):
        assert retailer.client.get("/stock/explanation", **query).status == 422


def test_a_new_owner_is_asked_first(retailer: Retailer) -> None:
    company = {"name": "Sud", "kind": "merchant", "country": "FR"}
    answer = retailer.client.put("/organisations/sud", company)
    assert (answer.status, answer.body["channels"]) == (201, [])


def test_pickup_is_switched_off_at_one_shop(retailer: Retailer, set_rule: SetRule) -> None:
    set_rule(
        "no-pickup",
        kind="switch",
        on=False,
        scope={"methods": ["pickup"], "locations": ["SHOP-PARIS"]},
    )
    assert available(retailer, "VASE") == {"SHOP-PARIS": 2}
    assert available(retailer, "VASE", method="pickup") == {}
    quote = retailer.client.post(
        "/promises",
        {
            "channel": "web",
            "lines": [{"sku": "VASE", "quantity": 1}],
            "destination": {"country": "FR", "postal_code": "75004", **PARIS_POINT},
        },
    )
    assert {option["method"] for option in quote.body["options"]} == {"ship"}
    problem = refused(retailer, {"VASE": 1}, delivery=PICKUP_PARIS)
    assert problem["errors"][0]["message"] == "1 of VASE wanted, 0 available for this order"
    retailer.place({"VASE": 1})


def test_the_last_piece_stays_in_the_shop_and_goes_from_the_warehouse(
    retailer: Retailer, set_rule: SetRule
) -> None:
    set_rule("last", kind="last_piece")
    assert available(retailer) == {"WH": 10, "SHOP-PARIS": 3}
    refused(retailer, {"LAMP": 14})
    retailer.place({"LAMP": 13})
    assert retailer.available("LAMP", "WH") == 0
    assert retailer.available("LAMP", "SHOP-PARIS") == 1
    assert retailer.available("LAMP", "SHOP-LYON") == 1


def test_a_rollout_goes_from_group_to_group(retailer: Retailer, set_rule: SetRule) -> None:
    retailer.client.put("/location-groups/pilot", {"name": "Pilot", "locations": ["SHOP-PARIS"]})
    set_rule("not-yet", kind="activation", priority=900)
    past = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    set_rule("wave-1", kind="activation", opens_at=past, scope={"location_groups": ["pilot"]})
    assert available(retailer) == {"SHOP-PARIS": 4}
    placed = retailer.place({"LAMP": 4})
    assert [part["location"] for part in placed["fulfilment_orders"]] == ["SHOP-PARIS"]
    refused(retailer, {"LAMP": 1})

    retailer.client.put("/location-groups/pilot", {"name": "Pilot", "locations": ["WH"]})
    assert available(retailer) == {"WH": 10}


def test_a_paused_shop_sells_nothing_and_sells_again_when_it_resumes(retailer: Retailer) -> None:
    everywhere = available(retailer)
    retailer.client.post("/locations/WH/pause", {"reason": "Stocktaking"})
    assert available(retailer) == {code: n for code, n in everywhere.items() if code != "WH"}
    assert available(retailer, channel="") == {**everywhere}
    problem = refused(retailer, {"LAMP": sum(everywhere.values())})
    assert problem["code"] == "insufficient_stock"
    retailer.client.post("/locations/WH/resume")
    assert available(retailer) == everywhere


def test_a_decision_says_that_a_rule_keeps_the_units(retailer: Retailer, set_rule: SetRule) -> None:
    set_rule("keep", kind="threshold", units=11, scope={"locations": ["WH"]})
    placed = retailer.place({"LAMP": 4})
    assert [part["location"] for part in placed["fulfilment_orders"]] == ["SHOP-PARIS"]
    (decision,) = retailer.client.get(f"/orders/{placed['id']}/decisions").body["items"]
    reasons = {item["reason"]: item for item in decision["explanation"]["eliminated"]}
    assert reasons["withheld"]["locations"] == 1
    assert reasons["withheld"]["nearest"][0]["location"] == "WH"


def test_units_that_a_site_gives_back_go_where_the_channel_may_still_sell(
    retailer: Retailer, set_rule: SetRule
) -> None:
    (part,) = retailer.place({"LAMP": 1})["fulfilment_orders"]
    assert part["location"] == "WH"
    set_rule("keep", kind="safety_stock", units=4, scope={"locations": ["SHOP-PARIS"]})
    path = f"/fulfilment-orders/{part['id']}"
    assert retailer.client.post(f"{path}/release").status == 200
    assert retailer.client.post(f"{path}/refuse", {"reason": "no_capacity"}).status == 200
    order = retailer.client.get("/orders", q="").body["items"][0]
    parts = retailer.client.get(f"/orders/{order['id']}").body["fulfilment_orders"]
    assert [item["location"] for item in parts if item["state"] != "refused"] == ["SHOP-LYON"]
    retailer.assert_stock_is_true()

"""What is promised before an order exists is what the order then gets."""

from typing import Any

import pytest

from chaland.database.statements import fetch_one
from chaland.journeys.quote_promise.countdown import order_within
from tests.journeys.conftest import Build
from tests.retailer import PARIS_POINT, Retailer

DESTINATION = {"country": "FR", "postal_code": "75004", **PARIS_POINT}


def ask(retailer: Retailer, units: dict[str, int], **changes: Any) -> Any:
    """Ask for a quote that must be answered; return its body."""
    answer = retailer.client.post("/promises", basket(units, **changes))
    assert answer.status == 200, answer.body
    return answer.body


def basket(units: dict[str, int], **changes: Any) -> dict[str, Any]:
    return {
        "channel": "web",
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in units.items()],
        "destination": DESTINATION,
        **changes,
    }


def shipments(quote: Any) -> list[Any]:
    return [option for option in quote["options"] if option["method"] == "ship"]


def shops(quote: Any) -> list[Any]:
    return [option for option in quote["options"] if option["method"] == "pickup"]


def test_the_order_gets_the_window_that_was_quoted(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 10, "SHOP-LYON": 10}})
    quoted = shipments(ask(retailer, {"LAMP": 2}))[0]
    placed = retailer.place({"LAMP": 2})
    assert placed["promise"]["earliest"] == quoted["window"]["earliest"]
    assert placed["promise"]["latest"] == quoted["window"]["latest"]
    assert placed["promise"]["confidence"] == quoted["window"]["confidence"]
    assert [part["location"] for part in placed["fulfilment_orders"]] == [
        source["location"] for source in quoted["sources"]
    ]


def test_a_quote_says_how_well_it_knows_where(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 10}})
    assert ask(retailer, {"LAMP": 1})["place"]["precision"] == "given"
    known = {"country": "FR", "postal_code": "75004"}
    assert ask(retailer, {"LAMP": 1}, destination=known)["place"]["precision"] == "postal_code"
    unknown = ask(retailer, {"LAMP": 1}, destination={"country": "FR", "postal_code": "69999"})
    assert unknown["place"]["precision"] in {"region", "department"}
    assert unknown["place"]["latitude"] == pytest.approx(45.8, abs=0.5)


def test_a_pickup_gets_the_window_that_was_quoted(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"SHOP-PARIS": 10}})
    (quoted,) = shops(ask(retailer, {"LAMP": 1}, methods=["pickup"]))
    delivery = {"method": "pickup", "location": "SHOP-PARIS"}
    placed = retailer.place({"LAMP": 1}, delivery=delivery)
    # Readiness counts from the moment of asking; a second may pass between the two calls.
    assert placed["promise"]["latest"][:15] == quoted["window"]["latest"][:15]
    assert quoted["shop"]["code"] == "SHOP-PARIS"
    assert quoted["shop"]["distance_km"] == pytest.approx(1.5, abs=0.2)


def test_every_option_says_what_it_costs_and_where_it_comes_from(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 10}})
    cheapest, named = shipments(ask(retailer, {"LAMP": 1}))
    assert (cheapest["service"], named["service"]) == (None, "home-standard")
    assert named["kind"] == "home"
    # 500 g over 111 km: 5.00 of freight, 1.00 an order and 0.20 a line.
    assert named["cost"] == {"amount": "6.20", "currency": "EUR"}
    assert named["co2_grams"] == pytest.approx(0.1 * 0.5 * 111, abs=1)
    assert named["sources"] == [
        {
            "location": "WH",
            "distance_km": pytest.approx(111, abs=2),
            "lines": [{"line": 0, "quantity": 1}],
        }
    ]
    assert named["window"]["basis"] == "stated"
    assert named["window"]["seconds_left"] >= 0
    assert named["window"]["order_before"] <= named["window"]["dispatch_by"]


def test_the_nearest_shops_that_have_everything_are_offered(build_retailer: Build) -> None:
    retailer = build_retailer(
        {
            "LAMP": {"SHOP-PARIS": 5, "SHOP-LYON": 5, "SHOP-LILLE": 5, "WH": 5},
            "VASE": {"SHOP-LILLE": 5, "SHOP-LYON": 1, "WH": 5},
        }
    )
    quote = ask(retailer, {"LAMP": 1, "VASE": 1})
    assert [option["shop"]["code"] for option in shops(quote)] == ["SHOP-LILLE", "SHOP-LYON"]
    quote = ask(retailer, {"LAMP": 1, "VASE": 2})
    assert [option["shop"]["code"] for option in shops(quote)] == ["SHOP-LILLE"]
    assert shops(ask(retailer, {"LAMP": 1}, methods=["ship"])) == []
    retailer.client.post("/locations/SHOP-LILLE/pause", {"reason": "flood"})
    assert shops(ask(retailer, {"LAMP": 1, "VASE": 2})) == []


def test_a_kit_is_promised_by_its_components(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"SHOP-PARIS": 3}, "CHAIR": {"SHOP-PARIS": 3, "WH": 3}})
    quote = ask(retailer, {"CORNER": 1})
    assert shipments(quote)[0]["sources"][0]["lines"] == [{"line": 0, "quantity": 3}]
    short = ask(retailer, {"CORNER": 4})
    assert short["options"] == []
    assert short["missing"] == [{"line": 0, "sku": "CORNER", "wanted": 4, "available": 3}]


def test_what_does_not_exist_is_named(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 1, "SHOP-LYON": 1}})
    quote = ask(retailer, {"VASE": 1, "LAMP": 3})
    assert quote["options"] == []
    assert quote["missing"] == [
        {"line": 0, "sku": "VASE", "wanted": 1, "available": 0},
        {"line": 1, "sku": "LAMP", "wanted": 3, "available": 2},
    ]


def test_a_quote_writes_nothing(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 1}})
    before = fetch_one("SELECT count(*) FROM outbox_event")
    for _ in range(3):
        assert ask(retailer, {"LAMP": 1})["options"]
    assert retailer.available("LAMP", "WH") == 1
    assert fetch_one("SELECT count(*) FROM outbox_event") == before
    assert fetch_one("SELECT count(*) FROM sourcing_decision") == (0,)


def test_a_limited_key_is_promised_its_own_stock_only(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5, "SHOP-LILLE": 5}})
    limited = retailer.key(["promises:read"], organisations=["nord"])
    answer = limited.post("/promises", basket({"LAMP": 1}))
    assert answer.status == 200
    sources = {
        source["location"] for option in answer.body["options"] for source in option["sources"]
    }
    assert sources == {"SHOP-LILLE"}


BAD: list[tuple[dict[str, Any], str]] = [
    ({"channel": "nowhere"}, "channel"),
    ({"lines": [{"sku": "NONE", "quantity": 1}]}, "lines[0].sku"),
    ({"lines": [{"sku": "LAMP", "quantity": 0}]}, "lines[0].quantity"),
    ({"lines": []}, "lines"),
    ({"destination": {"country": "FR", "postal_code": "00000"}}, "destination.postal_code"),
    ({"destination": {**DESTINATION, "country": "DE"}}, "destination.country"),
    ({"destination": {"country": "FR", "postal_code": "75004", "latitude": 48}}, "destination"),
    ({"methods": ["teleport"]}, "methods[0]"),
    ({"surprise": 1}, "surprise"),
]


def test_bad_input_is_named(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5}})
    for change, field in BAD:
        answer = retailer.client.post("/promises", {**basket({"LAMP": 1}), **change})
        assert answer.status == 422, change
        assert [problem["field"] for problem in answer.body["errors"]] == [field]
        assert all(problem["fix"] for problem in answer.body["errors"])


def test_the_right_to_ask_is_a_scope(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5}})
    assert retailer.key(["orders:read"]).post("/promises", basket({"LAMP": 1})).status == 403


def test_the_customers_price_is_shown_beside_the_retailers_cost(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 10, "SHOP-PARIS": 10}})
    assert {option["price"] for option in ask(retailer, {"LAMP": 1})["options"]} == {None}
    home = {"method": "ship", "rows": [{"price": "4.90"}, {"from_value": "60", "price": "0"}]}
    assert retailer.client.put("/delivery-prices/home", home).status == 201
    shop = {"method": "pickup", "channel": "web", "rows": [{"price": "0"}]}
    assert retailer.client.put("/delivery-prices/shop", shop).status == 201
    quoted = ask(retailer, {"LAMP": 1}, value="59.99")
    prices = [(option["method"], option["price"]["amount"]) for option in quoted["options"]]
    assert prices == [("ship", "4.90"), ("ship", "4.90"), ("pickup", "0.00")]
    free = shipments(ask(retailer, {"LAMP": 1}, value="60.00"))[0]
    assert free["price"] == {"amount": "0.00", "currency": "EUR"}
    terms = [float(free[name]["amount"]) for name in ("freight", "handling", "cost")]
    assert sum(terms[:2]) == pytest.approx(terms[2])
    assert [option["pay_in_shop"] for option in quoted["options"]] == [False, False, True]


def test_the_time_left_is_put_into_words() -> None:
    assert order_within(59) == {}
    assert order_within(12 * 60 + 59) == {
        "en": "Order within 12 min",
        "fr": "Commandez sous 12 min",
    }
    assert order_within(3600 + 720)["fr"] == "Commandez sous 1 h 12 min"
    assert order_within(26 * 3600) == {"en": "Order within 1 d 2 h", "fr": "Commandez sous 1 j 2 h"}


def test_pickup_points_near_the_customer_are_offered_and_can_be_ordered(
    build_retailer: Build,
) -> None:
    retailer = build_retailer({"LAMP": {"WH": 10}})
    client = retailer.client
    service = client.get("/carrier-services/home-standard").body
    body = {name: value for name, value in service.items() if name not in {"code", "version"}}
    relay = {**body, "name": "Relay", "kind": "pickup_point"}
    relay["charges"] = {"co2_grams_per_parcel": 40}
    assert client.put("/carrier-services/relay", relay).status == 201
    (without,) = [
        item for item in shipments(ask(retailer, {"LAMP": 1})) if item["kind"] == "pickup_point"
    ]
    assert without["shop"] is None
    shown = client.get("/locations/SHOP-PARIS").body
    keep = {"organisation", "country", "city", "street", "time_zone"}
    for number, latitude in enumerate((48.86, 48.87, 48.99, 49.5)):
        point = {name: value for name, value in shown.items() if name in keep}
        point |= {
            "name": f"Point {number}", "kind": "pickup_point", "capabilities": [],
            "latitude": latitude, "longitude": 2.36, "postal_code": "75010",
        }  # fmt: skip
        made = client.put(f"/locations/point-{number}", point)
        assert made.status == 201, made.body
    points = [
        item for item in shipments(ask(retailer, {"LAMP": 1})) if item["kind"] == "pickup_point"
    ]
    assert [item["shop"]["code"] for item in points] == ["point-0", "point-1", "point-2"]
    assert [item["pay_in_shop"] for item in points] == [False] * 3
    assert points[0]["co2_grams"] == pytest.approx(0.1 * 0.5 * 111 + 40, abs=2)
    chosen = points[1]
    at = {name: chosen["shop"][name] for name in ("latitude", "longitude", "postal_code")}
    address = {**at, "street": "1 rue du Point", "city": "Paris", "country": "FR"}
    delivery = {"method": "ship", "service": "relay", "address": address}
    placed = retailer.place({"LAMP": 1}, delivery=delivery)
    assert placed["promise"]["latest"] == chosen["window"]["latest"]


def test_many_baskets_are_quoted_each_as_if_it_were_alone(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 2}, "CHAIR": {"SHOP-PARIS": 3}})
    items = [
        basket({"LAMP": 2}),
        basket({"LAMP": 2}),
        basket({"NOTHING": 1}),
        {"channel": "web"},
        basket({"CHAIR": 1}, destination={"country": "FR", "postal_code": "69001"}),
    ]
    answer = retailer.client.post("/promises/bulk", {"items": items})
    assert answer.status == 200
    results = answer.body["results"]
    assert [item["status"] for item in results] == [
        "quoted", "quoted", "rejected", "rejected", "quoted"
    ]  # fmt: skip
    for number, wanted in ((0, {"LAMP": 2}), (4, {"CHAIR": 1})):
        alone = ask(retailer, wanted, destination=items[number]["destination"])
        together = results[number]["quote"]
        assert [option["service"] for option in together["options"]] == [
            option["service"] for option in alone["options"]
        ]
        assert [option["cost"] for option in together["options"]] == [
            option["cost"] for option in alone["options"]
        ]
    assert results[1]["quote"]["options"]
    assert results[2]["problem"]["errors"][0]["field"] == "lines[0].sku"
    assert {item["field"] for item in results[3]["problem"]["errors"]} == {"lines", "destination"}
    broken = retailer.client.post("/promises/bulk", {"items": [{"channel": "web"}]})
    assert broken.body["results"][0]["status"] == "rejected"

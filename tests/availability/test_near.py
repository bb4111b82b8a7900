"""Which shop near a shopper has it, what an area holds, and when there will be more."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils.timezone import get_default_timezone

from chaland.kernel import clock
from tests.availability.test_reading import adjust, ask
from tests.retailer import Retailer

HERE = {"country": "FR", "postal_code": "75004"}


def nearby(shop: Retailer, *skus: str, **query: Any) -> dict[str, Any]:
    asked = {"channel": "web", **HERE, **query}
    answer = shop.client.get("/stock/availability/nearby", sku=list(skus), **asked)
    assert answer.status == 200, answer.body
    body: dict[str, Any] = answer.body
    return body


def test_shops_come_by_distance_with_what_they_have(shop: Retailer) -> None:
    found = nearby(shop, "LAMP", "VASE", radius_km=500)
    assert [item["location"] for item in found["shops"]] == [
        "SHOP-PARIS",
        "SHOP-LILLE",
        "SHOP-LYON",
    ]  # the warehouse hands nothing over
    paris = found["shops"][0]
    assert paris["distance_km"] < 5
    assert paris["stock"] == [
        {"sku": "LAMP", "state": "low", "available": 2, "band": "1-2"},
        {"sku": "VASE", "state": "out", "available": 0, "band": "0"},
    ]
    assert paris["pickup_now"] is False
    assert paris["opening"]["today"] in ([{"opens": "08:00:00", "closes": "20:00:00"}], [])
    assert (paris["opening"]["open_until"] is None) == (
        paris["opening"]["next_opening"] is not None
    )
    assert found["place"]["precision"] in ("postal_code", "department")


def test_the_list_is_cut_as_asked(shop: Retailer) -> None:
    assert [item["location"] for item in nearby(shop, "LAMP")["shops"]] == ["SHOP-PARIS"]
    assert len(nearby(shop, "LAMP", radius_km=500, limit=2)["shops"]) == 2
    found = nearby(shop, "VASE", radius_km=500, in_stock=True)
    assert [item["location"] for item in found["shops"]] == ["SHOP-LYON"]
    found = nearby(shop, "LAMP", radius_km=500, channel="market")
    assert [item["location"] for item in found["shops"]] == ["SHOP-PARIS", "SHOP-LYON"]
    point = {"country": "", "postal_code": "", "latitude": 50.6, "longitude": 3.0}
    found = nearby(shop, "LAMP", **point)
    assert [item["location"] for item in found["shops"]] == ["SHOP-LILLE"]
    assert found["place"]["precision"] == "given"


def test_who_comes_now_gets_it_where_it_is_open(shop: Retailer) -> None:
    paris = nearby(shop, "LAMP")["shops"][0]
    assert paris["pickup_now"] == paris["opening"]["open_now"]
    assert shop.client.post("/locations/SHOP-PARIS/pause", {"reason": "t"}).status == 200
    assert nearby(shop, "LAMP")["shops"][0]["pickup_now"] is False


def test_a_code_known_by_its_region_says_so(shop: Retailer) -> None:
    found = nearby(shop, "LAMP", postal_code="75999", radius_km=500)
    assert found["place"]["precision"] in ("region", "department")


def test_a_channel_that_shows_bands_tells_no_units_of_shops(shop: Retailer) -> None:
    assert shop.client.put("/channels/web/stock-display", {"exact": False}).status == 200
    (stock,) = nearby(shop, "LAMP")["shops"][0]["stock"]
    assert (stock["available"], stock["band"]) == (None, "1-2")


def test_an_area_has_what_its_locations_have(shop: Retailer) -> None:
    def area(**where: Any) -> tuple[int, int]:
        query = {"channel": "web", "sku": "LAMP", **where}
        answer = shop.client.get("/stock/availability/area", **query)
        assert answer.status == 200, answer.body
        return answer.body["locations"], answer.body["skus"][0]["available"]

    assert area(**HERE, radius_km=20) == (1, 2)
    assert area(**HERE, radius_km=130) == (2, 12)
    assert area(country="FR", department="59") == (1, 1)
    assert area(location_group="cities") == (2, 2)
    assert area(location_group="cities", country="FR", department="69") == (1, 0)
    assert area(location_group="cities", channel="market") == (2, 2)


@pytest.mark.parametrize("path", ["/stock/availability/nearby", "/stock/availability/area"])
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "postal_code"),
        ({"postal_code": "75004"}, "country"),
        ({"country": "FR", "postal_code": "no"}, "postal_code"),
        ({"latitude": 48}, "longitude"),
        ({"latitude": 99, "longitude": 2}, "latitude"),
        ({**HERE, "sku": "NOPE"}, "sku"),
        ({**HERE, "channel": "nope"}, "channel"),
        ({**HERE, "radius_km": "nan"}, "radius_km"),
    ],
)
def test_bad_input_is_named(shop: Retailer, path: str, query: dict[str, Any], field: str) -> None:
    answer = shop.client.get(path, **{"channel": "web", "sku": "LAMP", **query})
    assert answer.status == 422
    assert [item["field"] for item in answer.body["errors"]] == [field]


def test_an_unknown_group_or_half_a_department_is_named(shop: Retailer) -> None:
    for query, field in (
        ({"location_group": "x"}, "location_group"),
        ({"department": "69"}, "country"),
    ):
        answer = shop.client.get("/stock/availability/area", channel="web", sku="LAMP", **query)
        assert [item["field"] for item in answer.body["errors"]] == [field]


def test_a_key_sees_its_own_shops_only(shop: Retailer) -> None:
    limited = shop.key(["stock:read"], organisations=["nord"])
    query = {"channel": "web", "sku": "LAMP", **HERE, "radius_km": 500}
    found = limited.get("/stock/availability/nearby", **query).body["shops"]
    assert [item["location"] for item in found] == ["SHOP-LILLE"]
    area = limited.get("/stock/availability/area", **query).body
    assert (area["locations"], area["skus"][0]["available"]) == (1, 1)


def announce(shop: Retailer, days: int, quantity: int, destination: str = "SHOP-LYON") -> str:
    on = clock.now() + timedelta(days=days)
    item = {
        "reference": f"PO-{days}-{quantity}",
        "line": "1",
        "sku": "VASE",
        "destination": destination,
        "quantity": quantity,
        "expected_at": on.isoformat(),
    }
    answer = shop.client.post("/stock/supply", {"items": [item], "source": "erp"})
    assert [result["status"] for result in answer.body["results"]] == ["created"], answer.body
    return on.astimezone(get_default_timezone()).date().isoformat()


def test_what_is_out_says_when_there_will_be_more(shop: Retailer) -> None:
    on = announce(shop, 5, 4)
    announce(shop, 9, 7)
    announce(shop, 2, 1, "WH")
    assert ask(shop.client, "VASE", channel="market")[0]["next_supply"] is None  # there is one
    adjust(shop.client, -1, sku="VASE", location="SHOP-LYON")
    (vase,) = ask(shop.client, "VASE", channel="market")
    assert vase["state"] == "out"
    assert vase["next_supply"]["units"] == 4
    assert vase["next_supply"]["on"] == on
    assert ask(shop.client, "VASE", channel="web")[0]["next_supply"]["units"] == 1
    for days, state in ((3, "out"), (6, "backorder")):
        shop.client.put("/channels/market/stock-display", {"horizon_days": days})
        assert ask(shop.client, "VASE", channel="market")[0]["state"] == state
    shop.client.put("/channels/market/stock-display", {"exact": False, "horizon_days": 6})
    (vase,) = ask(shop.client, "VASE", channel="market")
    assert vase["next_supply"]["units"] is None

"""The network by its public API, as a client would."""

from datetime import timedelta
from typing import Any

import pytest

from chaland.access.authentication import forget_keys
from chaland.access.operations import create_api_key
from chaland.access.types import Scope
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM
from tests.network.conftest import NOW
from tests.retailer import ApiClient

pytestmark = pytest.mark.django_db

SHOP: dict[str, Any] = {
    "name": "Bellecour",
    "kind": "store",
    "organisation": "maison",
    "country": "FR",
    "postal_code": "69002",
    "city": "Lyon",
    "capabilities": ["pickup", "ship"],
    "cost_per_order": "1.50",
    "cut_off": "17:30",
    "hours": [{"weekday": 0, "opens": "09:00", "closes": "12:30"}],
    "closures": [{"starts": "2026-12-25", "ends": "2026-12-26", "reason": "Christmas"}],
}


def client(*scopes: str, **limits: Any) -> ApiClient:
    forget_keys()
    key = create_api_key(name="t", scopes=list(scopes), now=NOW, actor=SYSTEM, **limits)
    return ApiClient(key.token)


@pytest.fixture
def api() -> ApiClient:
    """Return a client that may read and write the network."""
    return client(Scope.NETWORK_READ, Scope.NETWORK_WRITE)


@pytest.mark.usefixtures("organisations")
def test_a_location_is_made_read_and_replaced(api: ApiClient) -> None:
    made = api.put("/locations/shop-1", SHOP)
    assert (made.status, made.headers["ETag"]) == (201, '"1"')
    read = api.get("/locations/shop-1")
    assert read.body == made.body
    assert read.body["hours"] == [{"weekday": 0, "opens": "09:00", "closes": "12:30"}]
    assert read.body["cost_per_order"] == "1.50"
    assert read.body["latitude"] == 45.76
    again = api.put("/locations/shop-1", SHOP)
    assert (again.status, again.headers["ETag"]) == (200, '"1"')
    changed = api.put("/locations/shop-1", {**SHOP, "name": "Ainay"}, If_Match='"1"')
    assert (changed.status, changed.headers["ETag"], changed.body["name"]) == (200, '"2"', "Ainay")


@pytest.mark.usefixtures("organisations")
def test_a_lost_update_is_refused(api: ApiClient) -> None:
    api.put("/locations/shop-1", SHOP)
    api.put("/locations/shop-1", {**SHOP, "name": "Ainay"})
    late = api.put("/locations/shop-1", {**SHOP, "name": "Late"}, If_Match='"1"')
    assert (late.status, late.body["code"]) == (412, "version_mismatch")
    assert api.get("/locations/shop-1").body["name"] == "Ainay"


@pytest.mark.usefixtures("organisations")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "castle"),
        ("country", "FRA"),
        ("country", "XX"),
        ("latitude", 91),
        ("cut_off", "25:00"),
        ("cut_off", "17:30:15"),
        ("cost_per_order", "-1"),
        ("cost_per_order", 1.5),
        ("daily_capacity", -1),
        ("daily_capacity", 10**9),
        ("capabilities", ["fly"]),
        ("refused_restrictions", ["Very cold"]),
        ("time_zone", "Europe/Lyon"),
        ("organisation", "nobody"),
        ("colour", "red"),
        ("closures", [{"starts": "2026-12-26", "ends": "2026-12-25"}]),
        ("closures", [{"starts": "0001-01-01", "ends": "2026-12-25"}]),
        ("hours", [{"weekday": 9, "opens": "09:00", "closes": "12:00"}]),
    ],
)
def test_bad_input_names_the_field_and_changes_nothing(
    api: ApiClient, field: str, value: object
) -> None:
    answer = api.put("/locations/shop-1", {**SHOP, field: value})
    assert answer.status == 422
    assert any(problem["field"].startswith(field) for problem in answer.body["errors"])
    assert all(problem["fix"] for problem in answer.body["errors"])
    assert api.get("/locations/shop-1").status == 404


@pytest.mark.usefixtures("organisations")
def test_bulk_answers_item_by_item(api: ApiClient) -> None:
    items = [
        {**SHOP, "code": "a"},
        {**SHOP, "code": "b", "city": ""},
        {**SHOP, "code": "c", "hours": [{"weekday": 0, "opens": "9", "closes": "12:00"}]},
        {**SHOP, "code": "d", "organisation": "nobody"},
        {**SHOP, "code": "a"},
        {**SHOP, "code": "e"},
    ]
    answer = api.post("/locations/bulk", {"items": items}, Idempotency_Key="load-1")
    assert answer.status == 200
    results = answer.body["results"]
    assert [item["index"] for item in results] == list(range(6))
    assert [item["status"] for item in results] == [
        "created", "rejected", "rejected", "rejected", "rejected", "created",
    ]  # fmt: skip
    fields = [item["problem"]["errors"][0]["field"] for item in results if item["problem"]]
    assert fields == ["city", "hours[0].opens", "organisation", "code"]
    replayed = api.post("/locations/bulk", {"items": items}, Idempotency_Key="load-1")
    assert replayed.body == answer.body
    again = api.post("/locations/bulk", {"items": items[:1]})
    assert again.body["results"][0]["status"] == "unchanged"


def test_more_than_500_items_are_refused(api: ApiClient) -> None:
    answer = api.post("/locations/bulk", {"items": [{"code": "a"}] * 501})
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "items")


@pytest.mark.usefixtures("shops")
def test_lists_come_in_pages_and_can_be_searched(api: ApiClient) -> None:
    first = api.get("/locations", limit=2).body
    assert [item["code"] for item in first["items"]] == ["shop-1", "shop-2"]
    rest = api.get(first["next"].removeprefix("/api/v1")).body
    assert ([item["code"] for item in rest["items"]], rest["next"]) == (["shop-nord"], None)
    assert [item["code"] for item in api.get("/locations", q="NORD").body["items"]] == ["shop-nord"]
    mine = api.get("/locations", organisation="nord").body["items"]
    assert [item["code"] for item in mine] == ["shop-nord"]
    assert api.get("/locations", kind="warehouse").body["items"] == []
    assert api.get("/locations", limit=201).status == 422
    assert api.get("/locations", cursor="nonsense").status == 422


@pytest.mark.usefixtures("shops")
def test_a_shop_is_paused_and_resumed(api: ApiClient) -> None:
    until = (clock.now() + timedelta(hours=2)).isoformat()
    paused = api.post("/locations/shop-1/pause", {"reason": "flood", "until": until})
    assert (paused.status, paused.body["paused"], paused.body["pause_reason"]) == (
        200,
        True,
        "flood",
    )
    resumed = api.post("/locations/shop-1/resume", {})
    assert (resumed.body["paused"], resumed.body["paused_until"]) == (False, None)
    assert api.post("/locations/shop-1/pause", {}).status == 422
    assert (
        api.post("/locations/shop-1/pause", {"reason": "x", "until": "2020-01-01T00:00:00Z"}).status
        == 422
    )
    assert api.post("/locations/nowhere/pause", {"reason": "x"}).status == 404


@pytest.mark.usefixtures("shops")
def test_a_franchisee_s_key_sees_and_changes_its_own() -> None:
    api = client(Scope.NETWORK_READ, Scope.NETWORK_WRITE, organisations=["nord"])
    assert [item["code"] for item in api.get("/locations").body["items"]] == ["shop-nord"]
    assert api.get("/locations/shop-1").status == 404
    assert api.post("/locations/shop-1/pause", {"reason": "x"}).status == 404
    assert api.put("/locations/shop-1", SHOP).status == 403
    assert api.post("/locations/shop-nord/pause", {"reason": "x"}).status == 200
    channel = {"name": "W", "kind": "web", "currency": "EUR", "countries": ["FR"]}
    assert api.put("/channels/w", channel).status == 403


@pytest.mark.usefixtures("shops")
def test_reading_needs_one_scope_and_writing_another() -> None:
    reader = client(Scope.NETWORK_READ)
    assert reader.get("/locations/shop-1").status == 200
    refused = reader.put("/locations/shop-1", SHOP)
    assert (refused.status, refused.body["code"]) == (403, "missing_scope")
    assert client(Scope.ORDERS_READ).get("/locations").status == 403


@pytest.mark.usefixtures("shops")
def test_groups_channels_and_organisations_have_the_same_routes(api: ApiClient) -> None:
    group = {"name": "Lyon", "locations": ["shop-1"]}
    channel = {
        "name": "Web", "kind": "web", "currency": "EUR", "countries": ["FR", "BE"], "pool": "lyon",
    }  # fmt: skip
    company = {"name": "Sud", "kind": "affiliate", "country": "FR", "parent": "maison"}
    for path, code, body in (
        ("/location-groups", "lyon", group),
        ("/channels", "web", channel),
        ("/organisations", "sud", company),
    ):
        made = api.put(f"{path}/{code}", body)
        assert made.status == 201, made.body
        assert api.get(f"{path}/{code}").body == made.body
        assert made.body["code"] == code
        assert code in [item["code"] for item in api.get(path).body["items"]]
        changed = api.put(f"{path}/{code}", {**body, "name": "New"}, If_Match='"1"')
        assert (changed.status, changed.body["version"]) == (200, 2)
        bulk = api.post(f"{path}/bulk", {"items": [{**body, "code": "other"}, {"code": "bad"}]})
        assert [item["status"] for item in bulk.body["results"]] == ["created", "rejected"]
        assert api.get(f"{path}/nothing").status == 404
    assert api.get("/channels/web").body["countries"] == ["BE", "FR"]


def test_postal_areas_are_loaded_and_looked_up(api: ApiClient) -> None:
    assert api.get("/postal-areas/FR/75011").body["precision"] == "postal_code"
    assert api.get("/postal-areas/DE/10115").status == 404
    berlin = {
        "country": "DE", "postal_code": "10115", "name": "Berlin",
        "latitude": 52.53, "longitude": 13.38,
    }  # fmt: skip
    bad = {**berlin, "latitude": 200}
    answer = api.post("/postal-areas/bulk", {"items": [berlin, bad]})
    assert [item["status"] for item in answer.body["results"]] == ["created", "rejected"]
    assert api.get("/postal-areas/DE/10115").body["name"] == "Berlin"

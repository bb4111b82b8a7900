"""Strategies as a retailer's administrator uses them, by the API."""

from datetime import timedelta
from typing import Any

import pytest

from chaland.journeys.activate_planned import activate_planned
from chaland.kernel import clock
from tests.retailer import Retailer

pytestmark = pytest.mark.django_db(transaction=True)

ORDER = {
    "channel": "web",
    "external_id": "T-1",
    "placed_at": "2026-11-20T10:00:00+01:00",
    "currency": "EUR",
    "customer": {"name": "Camille Martin"},
    "delivery": {
        "method": "ship",
        "address": {
            "street": "8 rue de Rivoli",
            "postal_code": "75004",
            "city": "Paris",
            "country": "FR",
        },
    },
    "lines": [{"sku": "LAMP", "quantity": 2, "unit_price": {"amount": "12.90", "currency": "EUR"}}],
}


@pytest.fixture
def retailer() -> Retailer:
    return Retailer.build({"LAMP": {"WH": 50, "SHOP-PARIS": 9, "SHOP-LYON": 9}})


def only(place: str, **more: Any) -> dict[str, Any]:
    """Return a strategy that sends parcels from one place."""
    rule = {
        "code": f"only-{place.lower()}",
        "name": f"Only {place}",
        "circles": [{"sites": {"locations": [place]}}],
    }
    return {"name": f"From {place}", "rules": [{**rule, **more}]}


def test_a_strategy_is_tried_activated_compared_and_rolled_back(retailer: Retailer) -> None:
    client = retailer.client
    drafted = client.put("/strategy-drafts/default", only("SHOP-LYON"))
    assert (drafted.status, drafted.body["number"], drafted.body["findings"]) == (201, 2, [])
    trial = client.post("/strategies/try", {"strategy": "default", "order": ORDER}).body
    assert trial["tried"]["rule"] == "only-shop-lyon"
    assert trial["same"] is False
    assert [item["location"] for item in trial["tried"]["explanation"]["assignments"]] == [
        "SHOP-LYON"
    ]
    assert trial["tried"]["circles"] == [{"name": "only-shop-lyon/1", "sites": 1, "services": None}]
    assert (trial["today"]["strategy"], trial["today"]["version"]) == ("default", 1)
    stale = client.post("/strategy-drafts/default/activate", {}, If_Match='"7"')
    assert stale.status == 412
    activated = client.post("/strategy-drafts/default/activate", {"note": "try Lyon"})
    assert (activated.body["number"], activated.body["state"]) == (2, "active")
    order = retailer.place({"LAMP": 1})
    assert [part["location"] for part in order["fulfilment_orders"]] == ["SHOP-LYON"]
    (decision,) = client.get(f"/orders/{order['id']}/decisions").body["items"]
    assert (decision["strategy"], decision["strategy_version"]) == ("default", 2)
    assert decision["rule"] == "only-shop-lyon"
    known = client.post("/strategies/try", {"strategy": "default", "order_id": order["id"]}).body
    assert known["same"] is True
    back = client.post("/strategies/default/roll-back", {"version": 1})
    assert (back.status, back.body["number"]) == (200, 3)
    changes = client.get("/strategies/default/changes", before=2, after=3).body["changes"]
    assert [(item["kind"], item["rule"]) for item in changes] == [
        ("changed", ""),
        ("removed", "only-shop-lyon"),
    ]
    seen = client.get("/strategies/default").body
    assert (seen["in_force"], seen["draft"]) == (3, None)
    assert [item["number"] for item in seen["versions"]] == [3, 2, 1]


def test_a_planned_version_takes_force_by_itself(retailer: Retailer) -> None:
    client, now = retailer.client, clock.now()
    client.put("/strategy-drafts/default", only("SHOP-LYON"))
    at = now + timedelta(days=1)
    planned = client.post("/strategy-drafts/default/activate", {"at": at.isoformat()})
    assert planned.body["state"] == "draft"
    assert client.get("/strategies/default").body["planned_at"] is not None
    assert client.put("/strategy-drafts/default", only("WH")).body["code"] == "planned"
    assert activate_planned(now=now) == 0
    assert activate_planned(now=at) == 1
    assert client.get("/strategies/default").body["in_force"] == 2


def test_a_channel_follows_its_strategy_and_a_pilot_its_own(retailer: Retailer) -> None:
    client = retailer.client
    for code, place in (("lyon", "SHOP-LYON"), ("paris", "SHOP-PARIS")):
        client.put(f"/strategy-drafts/{code}", only(place))
        assert client.post(f"/strategy-drafts/{code}/activate").status == 200
    assert client.put("/strategies/lyon/channels/web", None).status == 422
    assert retailer.client.put("/strategies/lyon/channels/web", {}).status == 200
    pilot = client.put("/strategy-pilots/paris", {"postal_prefixes": ["7500"]})
    assert (pilot.status, pilot.body["version"]) == (201, 1)
    order = retailer.place({"LAMP": 1})
    shown = client.get(f"/orders/{order['id']}/decisions").body["items"][0]
    assert (shown["strategy"], shown["rule"]) == ("paris", "only-shop-paris")
    assert client.delete("/strategy-pilots/paris", If_Match='"1"').status == 204
    order = retailer.place({"LAMP": 1})
    shown = client.get(f"/orders/{order['id']}/decisions").body["items"][0]
    assert shown["strategy"] == "lyon"
    listed = {item["code"]: item for item in client.get("/strategies").body["items"]}
    assert listed["lyon"]["channels"] == ["web"]
    assert client.post("/strategies/lyon/retire").body["code"] == "strategy_in_use"


def test_a_check_looks_at_last_months_orders(retailer: Retailer) -> None:
    client = retailer.client
    for _ in range(3):
        retailer.place({"LAMP": 1})
    document = only("SHOP-LYON", when={"value": {"least": "5000"}})
    document["rules"] += [
        {**only("WH")["rules"][0], "when": {"postal_prefixes": ["75"]}},
        {**only("SHOP-PARIS")["rules"][0], "when": {"postal_prefixes": ["750"]}},
    ]
    checked = client.post("/strategies/check", document).body
    assert checked["orders"] == 3
    assert checked["met"] == {"only-shop-lyon": 0, "only-wh": 3, "only-shop-paris": 0}
    assert [(item["code"], item["where"]) for item in checked["findings"]] == [
        ("dead_rule", "rules[2]"),
        ("never_matched", "rules[0]"),
    ]


def test_only_who_sees_the_whole_group_may_write(retailer: Retailer) -> None:
    limited = retailer.key(["sourcing:write", "sourcing:read"], organisations=["nord"])
    refused = limited.put("/strategy-drafts/default", {"name": "Mine"})
    assert (refused.status, refused.body["code"]) == (403, "outside_your_organisation")
    assert limited.post("/strategies/check", {"name": "Mine"}).status == 403

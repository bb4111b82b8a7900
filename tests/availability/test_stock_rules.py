"""Rules are set, checked, looked at before they hold, and leave their traces."""

from typing import Any

import pytest

from chaland.database.statements import fetch_all
from tests.availability.conftest import SetRule
from tests.retailer import Retailer

MARKET = {"name": "Market", "kind": "marketplace", "currency": "EUR", "countries": ["FR"]}


def test_a_rule_has_a_version_an_audit_entry_and_an_event(retailer: Retailer) -> None:
    path, body = "/stock/rules/keep", {"name": "Keep", "kind": "safety_stock", "units": 2}
    made = retailer.client.put(path, body)
    assert (made.status, made.headers["ETag"]) == (201, '"1"')
    same = retailer.client.put(path, body, If_Match='"1"')
    assert (same.status, same.body["version"]) == (200, 1)
    changed = retailer.client.put(path, {**body, "units": 3}, If_Match='"1"')
    assert (changed.status, changed.body["version"]) == (200, 2)
    assert retailer.client.put(path, body, If_Match='"1"').status == 412
    assert retailer.client.get(path).body == changed.body
    rows = fetch_all(
        "SELECT data->>'change', data->>'changed' FROM outbox_event"
        " WHERE type = 'stock_rule.changed' ORDER BY seq"
    )
    assert [row[0] for row in rows] == ["created", "updated"]
    assert rows[1][1] == '["units"]'
    audit = retailer.client.get("/audit-log", entity_type="stock_rule").body["items"]
    assert [(item["entity_id"], item["after"]["units"]) for item in audit] == [
        ("keep", 3),
        ("keep", 2),
    ]


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": "safety_stock"}, "units", "missing"),
    ({"kind": "safety_stock", "units": 1, "percent": 5}, "percent", "not_taken"),
    ({"kind": "last_piece", "units": 1}, "units", "not_taken"),
    ({"kind": "percentage", "percent": 101}, "percent", "less_than_equal"),
    ({"kind": "switch"}, "on", "missing"),
    ({"kind": "switch", "on": False, "opens_at": "2026-12-01T00:00:00Z"}, "opens_at", "not_taken"),
    ({"kind": "ring_fence", "units": 1}, "scope.channels", "one_channel"),
    ({"kind": "ring_fence", "scope": {"channels": ["web"]}}, "units", "one_of_two"),
    ({"kind": "last_piece", "scope": {"channels": ["nope"]}}, "scope.channels[0]", "unknown"),
    ({"kind": "last_piece", "scope": {"locations": ["nope"]}}, "scope.locations[0]", "unknown"),
    (
        {"kind": "last_piece", "scope": {"location_groups": ["nope"]}},
        "scope.location_groups[0]",
        "unknown",
    ),
    ({"kind": "last_piece", "scope": {"skus": ["LAMP", "nope"]}}, "scope.skus[1]", "unknown"),
    ({"kind": "last_piece", "scope": {"categories": ["Toys"]}}, "scope.categories[0]", "unknown"),
    (
        {
            "kind": "last_piece",
            "starts_at": "2026-12-01T00:00:00Z",
            "ends_at": "2026-12-01T00:00:00Z",
        },
        "ends_at",
        "ends_before_it_starts",
    ),
]


def test_what_is_wrong_with_a_rule_is_named_and_changes_nothing(retailer: Retailer) -> None:
    for body, field, code in BAD:
        answer = retailer.client.put("/stock/rules/bad", {"name": "Bad", **body})
        assert answer.status == 422, (body, answer.body)
        assert [(item["field"], item["code"]) for item in answer.body["errors"]] == [(field, code)]
        assert answer.body["errors"][0]["fix"]
    assert retailer.client.get("/stock/rules").body["items"] == []
    items = [{"code": "bad", "name": "Bad", "kind": "switch"}, {"code": "good", "name": "Good"}]
    items[1]["kind"] = "last_piece"
    answer = retailer.client.post("/stock/rules/bulk", {"items": items})
    assert [item["status"] for item in answer.body["results"]] == ["rejected", "created"]


def test_only_who_sees_the_whole_group_sets_rules(retailer: Retailer) -> None:
    body = {"name": "Keep", "kind": "last_piece"}
    limited = retailer.key(["stock:admin"], organisations=["nord"])
    answer = limited.put("/stock/rules/keep", body)
    assert (answer.status, answer.body["code"]) == (403, "outside_your_organisation")
    writer = retailer.key(["stock:write", "stock:read"])
    assert writer.put("/stock/rules/keep", body).body["code"] == "missing_scope"


def test_rules_that_do_nothing_are_pointed_out(retailer: Retailer, set_rule: SetRule) -> None:
    retailer.client.put("/location-groups/empty", {"name": "Empty", "locations": []})
    retailer.client.put("/location-groups/south", {"name": "S", "locations": ["SHOP-LYON"]})
    retailer.client.put("/skus/TOY", {"name": "Toy", "weight_grams": 1, "category": "Toys/Bricks"})

    def notes(code: str, **values: Any) -> list[tuple[str, list[str]]]:
        made = set_rule(code, kind="safety_stock", units=1, **values)
        return [(note["code"], note["by"]) for note in made["notes"]]

    assert notes("wide", scope={"categories": ["Toys"]}) == []
    assert notes("nowhere", scope={"location_groups": ["empty"]}) == [("matches_nothing", [])]
    assert notes("nothing", scope={"tags": ["none"]}) == [("matches_nothing", [])]
    assert notes("over", ends_at="2020-01-01T00:00:00Z") == [("ended", [])]
    narrow = {"categories": ["Toys/Bricks"], "location_groups": ["south"]}
    assert notes("narrow", scope=narrow) == []
    assert notes("late", scope=narrow, priority=200) == [("shadowed", ["narrow"])]
    assert notes("first", priority=1, scope={"channels": ["web"]}) == []
    listed = retailer.client.get("/stock/rules", kind="safety_stock").body["items"]
    shadowed = {item["code"] for item in listed if item["notes"]}
    assert shadowed == {"wide", "narrow", "nowhere", "nothing", "over", "late"}


PREVIEWED: list[dict[str, Any]] = [
    {"kind": "safety_stock", "units": 3},
    {"kind": "percentage", "percent": 40, "scope": {"channels": ["web"]}},
    {"kind": "threshold", "units": 5, "scope": {"location_groups": ["shops"]}},
    {"kind": "last_piece", "scope": {"skus": ["VASE"]}},
    {"kind": "switch", "on": False, "scope": {"locations": ["WH"], "methods": ["ship"]}},
    {"kind": "ring_fence", "units": 4, "scope": {"channels": ["market"]}},
    {"kind": "ring_fence", "percent": 30, "scope": {"channels": ["market"], "skus": ["LAMP"]}},
    {"kind": "activation"},
]


@pytest.mark.parametrize("draft", PREVIEWED, ids=lambda draft: str(draft["kind"]))
def test_a_preview_says_what_saving_the_rule_will_do(
    retailer: Retailer, set_rule: SetRule, draft: dict[str, Any]
) -> None:
    retailer.client.put("/channels/market", MARKET)
    shops = {"name": "Shops", "locations": ["SHOP-PARIS", "SHOP-LYON"]}
    retailer.client.put("/location-groups/shops", shops)
    set_rule("one", kind="safety_stock", units=1, priority=200)
    body = {"code": "draft", "name": "Draft", **draft}
    answer = retailer.client.post("/stock/rules/preview", body)
    assert answer.status == 200, answer.body
    effects = {effect["channel"]: effect for effect in answer.body["effects"]}
    assert retailer.client.get("/stock/rules/draft").status == 404

    before = {channel: for_sale(retailer, channel) for channel in ("web", "market")}
    set_rule("draft", **draft)
    for channel, was in before.items():
        now = for_sale(retailer, channel)
        lost = {key: units - now[key] for key, units in was.items() if units != now[key]}
        if not lost:
            assert channel not in effects
            continue
        effect = effects[channel]
        assert effect["hidden"] == sum(lost.values())
        assert effect["skus"] == len({sku for sku, _ in lost})
        assert effect["locations"] == len({place for _, place in lost})
        examples = {(item["sku"], item["location"]): item for item in effect["examples"]}
        assert {key: item["before"] - item["after"] for key, item in examples.items()} == lost

    again = retailer.client.post("/stock/rules/preview", body)
    assert again.body["effects"] == [], "it is saved: nothing would change"
    off = retailer.client.post("/stock/rules/preview", {**body, "active": False}).body
    assert {item["channel"]: item["released"] for item in off["effects"]} == {
        code: effect["hidden"] for code, effect in effects.items()
    }


def for_sale(retailer: Retailer, channel: str) -> dict[tuple[str, str], int]:
    """Return what a channel may ship of each SKU at each location."""
    found = {}
    for sku in ("LAMP", "CHAIR", "VASE"):
        query = {"sku": sku, "channel": channel, "method": "ship"}
        answer = retailer.client.get("/stock/explanation", **query).body
        for place in answer["locations"]:
            found[sku, place["location"]] = place["for_sale"]
    return found

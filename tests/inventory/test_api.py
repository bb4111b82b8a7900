"""Stock over HTTP: what a WMS or a shop's system may say and ask, and what it is told."""

import pytest

from tests.retailer import ApiClient, Retailer

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Retailer:
    return Retailer.build(
        {
            "LAMP": {"WH": 10, "SHOP-PARIS": 2, "SHOP-LILLE": 1},
            "CHAIR": {"WH": 5, "SHOP-PARIS": 1},
        }
    )


def send(client: ApiClient, *items: dict[str, object], **fields: object) -> list[tuple[str, str]]:
    """Report *items*; return status and code of the first problem ("" for none) of each."""
    answer = client.post("/stock/adjustments", {"items": items, **fields})
    assert answer.status == 200, answer.body
    return [
        (item["status"], item["problem"]["errors"][0]["code"] if item["problem"] else "")
        for item in answer.body["results"]
    ]


def change(**fields: object) -> dict[str, object]:
    return {"sku": "LAMP", "location": "WH", "kind": "adjustment", **fields}


def test_changes_are_applied_one_by_one(shop: Retailer) -> None:
    receipt = change(kind="receipt", on_hand_delta=5, source_ref="GR-1")
    assert send(
        shop.client,
        receipt,
        receipt,
        change(kind="count", on_hand=3),
        change(on_hand_delta=-4),
        change(kind="blocking", unavailable_delta=1, status="display"),
        source="wms",
        reason="morning",
    ) == [
        ("updated", ""),
        ("duplicate", ""),
        ("updated", ""),
        ("rejected", "below_zero"),
        ("updated", ""),
    ]
    assert shop.available("LAMP", "WH") == 2
    lines = shop.client.get("/stock/movements", sku="LAMP", location="WH").body["items"]
    assert [(line["kind"], line["on_hand_delta"], line["counted"]) for line in lines] == [
        ("blocking", 0, None),
        ("count", -12, 3),
        ("receipt", 5, None),
        ("opening", 10, None),
    ]
    assert (lines[2]["source"], lines[2]["source_ref"], lines[2]["reason"]) == (
        "wms",
        "GR-1",
        "morning",
    )
    shop.assert_stock_is_true()


@pytest.mark.parametrize(
    ("item", "field", "code"),
    [
        (change(sku="NOPE", on_hand_delta=1), "sku", "unknown_sku"),
        (change(sku="CORNER", on_hand_delta=1), "sku", "kit_has_no_stock"),
        (change(location="NOPE", on_hand_delta=1), "location", "unknown_location"),
        (change(on_hand_delta=0), "on_hand_delta", "no_change"),
        (change(kind="issue", on_hand_delta=-1), "kind", "kind_not_reportable"),
        (change(kind="count"), "on_hand", "missing"),
        (change(kind="blocking", unavailable_delta=1), "status", "missing"),
        (change(kind="gift", on_hand_delta=1), "kind", "enum"),
        (change(on_hand_delta=10**9), "on_hand_delta", "less_than_equal"),
        (change(on_hand_delta="1"), "on_hand_delta", "int_type"),
        (change(on_hand_delta=1, colour="red"), "colour", "extra_forbidden"),
        (
            change(on_hand_delta=1, occurred_at="2026-11-20T10:00:00"),
            "occurred_at",
            "timezone_aware",
        ),
    ],
)
def test_a_bad_item_names_its_field_and_changes_nothing(
    shop: Retailer, item: dict[str, object], field: str, code: str
) -> None:
    before = shop.client.get("/stock/movements").body
    answer = shop.client.post("/stock/adjustments", {"items": [item]})
    (result,) = answer.body["results"]
    assert result["status"] == "rejected"
    problem = result["problem"]["errors"][0]
    assert (problem["field"], problem["code"]) == (field, code)
    assert problem["fix"]
    assert shop.client.get("/stock/movements").body == before


def test_a_key_sees_and_changes_the_stock_of_its_organisation_only(shop: Retailer) -> None:
    franchisee = shop.key(["stock:read", "stock:write"], organisations=["nord"])
    assert send(
        franchisee,
        change(on_hand_delta=1),
        change(location="SHOP-LILLE", on_hand_delta=1),
    ) == [("rejected", "unknown_location"), ("updated", "")]

    positions = franchisee.get("/stock/positions").body["items"]
    assert [(item["location"], item["on_hand"]) for item in positions] == [("SHOP-LILLE", 2)]
    lines = franchisee.get("/stock/movements").body["items"]
    assert {line["location"] for line in lines} == {"SHOP-LILLE"}
    hidden = franchisee.get("/stock/positions", location="WH")
    assert (hidden.status, hidden.body["errors"][0]["code"]) == (422, "unknown_location")


def test_reading_is_no_licence_to_write(shop: Retailer) -> None:
    reader = shop.key(["stock:read"])
    answer = reader.post("/stock/adjustments", {"items": [change(on_hand_delta=1)]})
    assert (answer.status, answer.body["code"]) == (403, "missing_scope")
    writer = shop.key(["stock:write"])
    assert writer.get("/stock/positions").status == 403


def test_the_same_request_is_answered_the_same(shop: Retailer) -> None:
    body = {"items": [change(on_hand_delta=1)]}
    first = shop.client.post("/stock/adjustments", body, Idempotency_Key="k1")
    again = shop.client.post("/stock/adjustments", body, Idempotency_Key="k1")
    assert first.body == again.body
    assert shop.available("LAMP", "WH") == 11


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/stock/positions", {"sku": "NOPE"}),
        ("/stock/movements", {"location": "NOPE"}),
    ],
)
def test_what_does_not_exist_is_named(shop: Retailer, path: str, query: dict[str, str]) -> None:
    answer = shop.client.get(path, **query)
    wrong = list(query)[-1]
    assert answer.status == 422
    assert [(item["field"], item["code"]) for item in answer.body["errors"]] == [
        (wrong, f"unknown_{wrong}")
    ]


def test_lists_come_in_pages(shop: Retailer) -> None:
    for path in ("/stock/positions", "/stock/movements"):
        seen = []
        query: dict[str, object] = {"limit": 2}
        while True:
            page = shop.client.get(path, **query).body
            seen += [(item["sku"], item["location"]) for item in page["items"]]
            if page["next"] is None:
                break
            assert len(page["items"]) == 2
            query["cursor"] = page["next"].split("cursor=")[1]
        assert len(seen) == len(set(seen)) == 5
    assert shop.client.get("/stock/positions", cursor="x").status == 422


def test_what_customers_bring_back_is_a_return_of_their_channel(shop: Retailer) -> None:
    assert send(
        shop.client,
        change(kind="return", on_hand_delta=2, channel="web", source_ref="R-1"),
        change(kind="return", on_hand_delta=1, channel="nowhere"),
        change(kind="return", on_hand_delta=-1),
        change(on_hand_delta=1, channel="web"),
        change(kind="return", on_hand_delta=1, unavailable_delta=1, status="quarantine"),
    ) == [
        ("updated", ""),
        ("rejected", "unknown_channel"),
        ("rejected", "out_of_range"),
        ("rejected", "only_for_returns"),
        ("updated", ""),
    ]
    assert shop.available("LAMP", "WH") == 12

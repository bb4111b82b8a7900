"""From the task to the approved count and the stock, by the API, as a shop's tablet would."""

import pytest

from chaland.accuracy import operations
from chaland.kernel import clock
from tests.retailer import ApiClient, Retailer

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

LAMP_GTIN = "4006381333931"


@pytest.fixture
def retailer() -> Retailer:
    made = Retailer.build({"LAMP": {"SHOP-LILLE": 20, "WH": 50}, "CHAIR": {"SHOP-LILLE": 6}})
    lamp = {"name": "Lamp", "weight_grams": 500, "gtins": [LAMP_GTIN], "unit_cost": "12.50"}
    assert made.client.put("/skus/LAMP", {**lamp, "category": "Lighting"}).status == 200
    return made


def test_from_the_task_to_the_stock(retailer: Retailer) -> None:
    chief = retailer.client
    tablet = retailer.key(["stock:read", "stock:write"], organisations=["nord"])
    task = {"location": "SHOP-LILLE", "kind": "list", "skus": ["LAMP", "CHAIR"], "freeze": True}
    count = chief.post("/stock/counts", task).body
    assert (count["state"], count["to_count"]) == ("open", 2)
    address = f"/stock/counts/{count['id']}"
    beeps = [{"scan_id": f"b{n}", "gtin": LAMP_GTIN} for n in range(14)]
    first = tablet.post(f"{address}/scans", {"items": beeps[:10]}).body["results"]
    assert {item["status"] for item in first} == {"created"}
    # The tablet lost the answer, and sends everything again with what came since.
    chairs = {"scan_id": "c", "sku": "CHAIR", "mode": "set", "quantity": 6}
    again = tablet.post(f"{address}/scans", {"items": [*beeps, chairs]}).body["results"]
    assert [item["status"] for item in again] == ["duplicate"] * 10 + ["created"] * 5
    assert tablet.get(f"{address}/lines").body["items"][0]["expected"] is None
    submitted = tablet.post(f"{address}/submit", {"lines": [{"sku": "LAMP", "reason": "shrink"}]})
    assert (submitted.body["state"], submitted.body["pending"]) == ("submitted", 1)
    assert submitted.body["money_at_stake"] == "75.00"
    waiting = chief.get("/stock/counts", state="submitted").body["items"]
    assert [item["id"] for item in waiting] == [count["id"]]
    lines = {line["sku"]: line for line in chief.get(f"{address}/lines").body["items"]}
    assert (lines["LAMP"]["expected"], lines["LAMP"]["difference"]) == (20, -6)
    assert (lines["CHAIR"]["state"], lines["LAMP"]["state"]) == ("applied", "pending")
    assert retailer.available("CHAIR", "SHOP-LILLE") == 6
    assert retailer.available("LAMP", "SHOP-LILLE") == 0
    approved = chief.post(f"{address}/approve")
    assert (approved.status, approved.body["state"]) == (200, "approved")
    assert retailer.available("LAMP", "SHOP-LILLE") == 14
    (movement, *_) = chief.get("/stock/movements", cause=count["id"], sku="LAMP").body["items"]
    assert (movement["kind"], movement["counted"], movement["reason"]) == ("count", 14, "shrink")
    operations.read_ledger()
    (lille,) = chief.get("/stock/accuracy", by="location").body["items"]
    assert (lille["group"], lille["counts"], lille["exact"]) == ("SHOP-LILLE", 2, 0.5)
    assert lille["lost_money"] == "75.00"
    reasons = chief.get("/stock/accuracy", by="reason").body["items"]
    assert [(item["group"], item["lost_units"]) for item in reasons] == [("shrink", 6)]
    chance = chief.get("/stock/pickable/LAMP/SHOP-LILLE").body
    assert chance["pickable"] > 0.9, "it was counted just now"
    assert "fresh_count" in {fact["code"] for fact in chance["facts"]}
    assert tablet.get("/stock/pickable/LAMP/WH").status == 404
    assert {item["location"] for item in tablet.get("/stock/pickable/LAMP").body} == {"SHOP-LILLE"}
    retailer.assert_stock_is_true()


def test_who_may_do_what(retailer: Retailer) -> None:
    task = {"location": "SHOP-LILLE", "kind": "free"}
    count = retailer.client.post("/stock/counts", task).body["id"]
    address = f"/stock/counts/{count}"
    paris = retailer.key(
        ["stock:read", "stock:write", "stock:approve", "stock:admin"], organisations=["group"]
    )
    lille = retailer.key(["stock:read", "stock:write"], locations=["SHOP-LILLE"])
    assert paris.get("/stock/counts").body["items"] == []
    for path in (address, f"{address}/lines"):
        assert paris.get(path).status == 404
    for action in ("scans", "submit", "approve", "reject", "cancel"):
        sent = {"items": [{"scan_id": "x", "sku": "LAMP"}]} if action == "scans" else {}
        assert paris.post(f"{address}/{action}", sent).status == 404
    assert paris.post("/stock/counts", task).status == 422
    assert lille.post(f"{address}/approve").body["code"] == "missing_scope"
    assert lille.put("/stock/count-policies/x", {"tolerance_units": 9}).status == 403
    assert refused_code(paris) == "limited_key"


def refused_code(client: ApiClient) -> str:
    return str(client.put("/stock/count-policies/x", {"tolerance_units": 9}).body["code"])


def test_a_picker_who_finds_nothing_tells_the_next_order(retailer: Retailer) -> None:
    """From the order to the refusal, and to what is then believed of that shelf."""
    client = retailer.client

    def chance(location: str) -> float:
        operations.read_ledger()
        operations.score_due(now=clock.now())
        found = client.get("/stock/pickable/LAMP").body
        return next(float(item["pickable"]) for item in found if item["location"] == location)

    pickup = {"delivery": {"method": "pickup", "location": "SHOP-LILLE"}}
    good, bad = (retailer.place({"LAMP": 1}, **pickup) for _ in range(2))
    before = chance("SHOP-LILLE")
    work = f"/fulfilment-orders/{good['fulfilment_orders'][0]['id']}"
    for step in ("release", "accept", "pick", "ready"):
        assert client.post(f"{work}/{step}").status == 200
    codes = client.get(f"/orders/{good['id']}").body["pickup_codes"]
    said = {"pickup_code": next(iter(codes.values()))}
    assert client.post(f"{work}/collect", said).status == 200
    found = chance("SHOP-LILLE")
    assert found > before, "somebody looked, and it was there"
    missing = f"/fulfilment-orders/{bad['fulfilment_orders'][0]['id']}"
    assert client.post(f"{missing}/release").status == 200
    assert client.post(f"{missing}/refuse", {"reason": "not_found"}).status == 200
    assert chance("SHOP-LILLE") < 0.3
    (first, *_) = client.get("/stock/count-suggestions/SHOP-LILLE").body["items"]
    assert first["sku"] == "LAMP"
    assert first["reasons"][0] == {"code": "refused", "value": 1.0}
    retailer.assert_stock_is_true()

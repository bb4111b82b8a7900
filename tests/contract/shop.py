"""A retailer of which every address of the API has something to show."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from chaland.access.types import Scope
from chaland.accuracy.operations import read_ledger
from chaland.availability.operations import publish_channel
from chaland.kernel import clock
from chaland.kernel.ids import new_uuid
from chaland.network.queries import snapshot
from chaland.outbox.operations import fan_out
from chaland.sourcing.operations import record_reoptimisation
from chaland.sourcing.types import JointStatus, ReoptimisationRun
from tests.contract.feeds import make_feed
from tests.retailer import ApiClient, Retailer

CODES = {
    "carrier-services": "home-standard",
    "channels": "web",
    "count-policies": "lighting",
    "delivery-prices": "standard",
    "future-sales": "chairs-1",
    "count-suggestions": "WH",
    "pickable": "LAMP",
    "promise-terms": "usual",
    "location-groups": "pilots",
    "locations": "WH",
    "organisations": "nord",
    "rules": "one-stays-1",
    "skus": "LAMP",
    "strategies": "fast",
    "strategy-drafts": "fast",
    "strategy-pilots": "fast",
}

BY_ENDING = {
    "/organisations/{code}/channels": "lac",  # has agreed to none yet
    "/{code}/retire": "spare",  # nothing follows it
    "/{code}/withdraw": "spare",  # is planned
}
"""What an action needs another thing for than the rest."""

NEEDED = {
    "changes": "?before=1&after=2",
    "area": "?sku=LAMP&channel=web&country=FR&postal_code=75004",
    "availability": "?sku=LAMP",
    "explanation": "?sku=LAMP&channel=web",
    "export": "?channel=web",
    "file": "?channel=web",
    "nearby": "?sku=LAMP&channel=web&country=FR&postal_code=75004",
    "outlook": "?sku=LAMP&channel=web",
    "recalls": "?sku=MILK&lot=L0",
}
"""The query that an address cannot do without, by its last part."""


@dataclass(frozen=True)
class Shop:
    """The retailer, and the public id of one thing of each kind by the name of its parameter."""

    retailer: Retailer
    ids: dict[str, str]
    transfers: Iterator[str]

    @property
    def scopes(self) -> list[str]:
        """Return every scope that there is."""
        return [scope.value for scope in Scope]

    def key(self, scopes: tuple[str, ...]) -> ApiClient:
        """Return a client with these scopes."""
        return self.retailer.key(list(scopes))

    @property
    def client(self) -> ApiClient:
        """Return the client that may do everything."""
        return self.retailer.client

    @classmethod
    def build(cls) -> "Shop":
        """Write the retailer, and let one thing of each kind come about."""
        retailer = Retailer.build(
            {
                "LAMP": {"WH": 500, "SHOP-LILLE": 50},
                "CHAIR": {"WH": 500, "SHOP-PARIS": 50},
                "VASE": {"SHOP-LYON": 1},
            }
        )
        client = retailer.client
        order = retailer.place({"LAMP": 2, "CHAIR": 1})
        shown = client.get(f"/orders/{order['id']}").body
        pickup = retailer.place(
            {"CHAIR": 1}, delivery={"method": "pickup", "location": "SHOP-PARIS"}
        )
        group = {"name": "Pilots", "locations": ["SHOP-PARIS"]}
        assert client.put("/location-groups/pilots", group).status == 201
        rule = {"name": "One stays", "kind": "safety_stock", "units": 1, "active": False}
        for number in (1, 2):
            assert client.put(f"/stock/rules/one-stays-{number}", rule).status == 201
        for code, channel in (("sure", "web"), ("usual", None)):
            terms = {"channel": channel, "confidence": 0.9}
            assert client.put(f"/promise-terms/{code}", terms).status == 201
        _strategies(client)
        _joint_choices()
        owner = {"name": "Fromagerie du Lac", "kind": "merchant", "country": "FR"}
        assert client.put("/organisations/lac", owner).status == 201
        sale = {"name": "Chairs", "kind": "backorder", "skus": ["CHAIR"], "needs_supply": False}
        for number in (1, 2):
            assert client.put(f"/stock/future-sales/chairs-{number}", sale).status == 201
        for reference in ("B-1", "B-2"):
            wanted = {"reference": reference, "lines": [{"sku": "CHAIR", "quantity": 1}]}
            waiting = client.post("/stock/backorders", {"channel": "web", **wanted})
        cards = _prices(client)
        key = client.post("/api-keys", {"name": "spare", "scopes": ["stock:read"]}).body
        user = {"email": "bob@example.org", "display_name": "Bob", "role": "operations"}
        hook = {"url": "https://example.org/hook"}
        endpoint = client.post("/webhook-endpoints", hook).body["id"]
        client.put("/skus/LAMP", {"name": "Lamp", "weight_grams": 501, "category": "Toys"})
        purchase, *transfers = _supply(retailer)
        _followed_skus(client)
        fan_out(now=clock.now())
        publish_channel(channel=snapshot().channels["web"], now=clock.now())
        deliveries = client.get(f"/webhook-endpoints/{endpoint}/deliveries").body["items"]
        return cls(
            retailer,
            {
                "order_id": order["id"],
                "fulfilment_id": shown["fulfilment_orders"][0]["id"],
                "pickup_order": pickup["id"],
                "pickup": pickup["fulfilment_orders"][0]["id"],
                "blocked": _blocked(retailer),
                "count_id": _count(retailer),
                "submitted_count": _submitted_count(retailer),
                "customer_id": shown["customer"]["id"],
                "endpoint_id": endpoint,
                "delivery_id": deliveries[0]["id"],
                "key_id": key["id"],
                "user_id": client.post("/users", user).body["id"],
                "supply_id": purchase,
                **make_feed(),
                "lab_run_id": make_lab_run(client, "queued"),
                "stopped_lab_run": make_lab_run(client, "stopped"),
                "card_id": cards,
                "backorder_id": waiting.body["lines"][0]["id"],
                "channel": "web",
                "country": "FR",
                "location": "SHOP-LILLE",
                "postal_code": "75004",
            },
            iter(transfers),
        )

    def known(self, template: str, name: str) -> str:
        """Return a value for a parameter of an address; empty when this retailer has none."""
        if template.endswith(("/ready", "/collect")):
            return self.ids["pickup"]
        if template.endswith("/source"):
            return self.ids["blocked"]
        if name == "count_id" and template.endswith(("/approve", "/reject")):
            return self.ids["submitted_count"]
        if name == "code":
            for ending, code in BY_ENDING.items():
                if template.endswith(ending):
                    return code
            return CODES[template.partition("/{code}")[0].rpartition("/")[2]]
        if name == "lab_run_id" and template.endswith("/resume"):
            name = "stopped_lab_run"
        return self._open_hold() if name == "hold_id" else self.ids.get(name, "")

    def _open_hold(self) -> str:
        """Return a hold that has not ended: each ends once."""
        known = self.ids.get("hold_id", "hld_none")
        if self.client.get(f"/stock/holds/{known}").body.get("state") != "open":
            body = {"channel": "web", "lines": [{"sku": "LAMP", "quantity": 1}]}
            self.ids["hold_id"] = self.client.post("/stock/holds", body).body["id"]
        return self.ids["hold_id"]

    def address(self, template: str) -> str:
        """Return an address of the description, filled in so that it leads to something.

        With the query that it cannot do without.
        """
        path = re.sub(r"\{(\w+)\}", lambda found: self.known(template, found[1]), template)
        return path + NEEDED.get(template.rpartition("/")[2], "")

    def pickup_code(self) -> str:
        """Return what the customer says who collects; a wrong code until the goods are ready."""
        shown = self.client.get(f"/orders/{self.ids['pickup_order']}").body
        return str(shown["pickup_codes"].get(self.ids["pickup"], "WRONG"))


def _prices(client: ApiClient) -> str:
    """Write tables of delivery prices and rate cards; return a card's id."""
    for code, channel in (("standard", {}), ("web", {"channel": "web"})):
        body = {"method": "pickup", "rows": [{"price": "1.00"}], **channel}
        assert client.put(f"/delivery-prices/{code}", body).status == 201
    csv = "areas,max_weight_kg,price\n*,30,6.00\n"
    card = {"service": "home-standard", "valid_from": "2098-01-01", "csv": csv}
    for place in ({}, {"location": "WH"}):
        made = client.post("/rate-cards", {**card, **place})
        assert made.status == 201
    return str(made.body["id"])


def _supply(retailer: Retailer) -> list[str]:
    """Announce a purchase and transfers that can leave, each once; return their ids."""
    line = {"sku": "LAMP", "destination": "WH", "expected_at": "2099-01-05T08:00:00+01:00"}
    transfer = {**line, "kind": "transfer", "origin": "WH", "destination": "SHOP-LILLE"}
    items = [
        {**line, "reference": "P-1", "quantity": 1000},
        *({**transfer, "reference": "T-1", "line": str(n), "quantity": 1} for n in range(20)),
    ]
    made = retailer.client.post("/stock/supply", {"items": items}).body["results"]
    return [item["code"] for item in made]


def _followed_skus(client: ApiClient) -> None:
    """Count a SKU that is followed by lot: nobody knows of which lots its units are.

    And one that is followed by serial.
    """
    milk = {"name": "Milk", "weight_grams": 1000, "tracking": "lot"}
    assert client.put("/skus/MILK", milk).status == 201
    counted = {"sku": "MILK", "location": "WH", "kind": "count", "on_hand": 1000}
    named = {"sku": "MILK", "location": "WH", "quantity": 1, "lot": "L0"}
    for path, item in (("/stock/adjustments", counted), ("/stock/lots/names", named)):
        assert client.post(path, {"items": [item]}).body["results"][0]["status"] == "updated"
    phone = {"name": "Phone", "weight_grams": 200, "tracking": "serial"}
    assert client.put("/skus/PHONE", phone).status == 201
    bought = {"sku": "PHONE", "location": "WH", "kind": "receipt", "on_hand_delta": 3}
    named = {**bought, "serials": ["S1", "S2", "S3"]}
    assert client.post("/stock/adjustments", {"items": [named]}).status == 200


def _blocked(retailer: Retailer) -> str:
    """Place an order that no site can serve any more, and return its id."""
    order = retailer.place({"VASE": 1})
    work = f"/fulfilment-orders/{order['fulfilment_orders'][0]['id']}"
    assert retailer.client.post(f"{work}/release").status == 200
    assert retailer.client.post(f"{work}/refuse", {"reason": "not_found"}).status == 200
    return str(order["id"])


def make_lab_run(client: ApiClient, state: str) -> str:
    """Ask the lab about a day, and stop the run if that is wanted."""
    moments = {"starts_at": "2025-10-06T00:00:00Z", "ends_at": "2025-10-07T00:00:00Z"}
    body = {"name": "Try", **moments, "variants": [{"name": "The same"}]}
    run = str(client.post("/lab/runs", body).body["id"])
    if state == "stopped":
        assert client.post(f"/lab/runs/{run}/stop").status == 200
    return run


def _count(retailer: Retailer) -> str:
    """Ask for a count, begin it with somebody else's key, and set a tolerance."""
    policy = {"category": "Lighting", "tolerance_units": 2}
    assert retailer.client.put("/stock/count-policies/lighting", policy).status in (200, 201)
    body = {"location": "SHOP-LILLE", "kind": "list", "skus": ["LAMP"]}
    count = str(retailer.client.post("/stock/counts", body).body["id"])
    scan = {"scan_id": "first", "sku": "LAMP", "mode": "set", "quantity": 20}
    counter = retailer.key(["stock:write"])
    assert counter.post(f"/stock/counts/{count}/scans", {"items": [scan]}).status == 200
    return count


def _submitted_count(retailer: Retailer) -> str:
    """Let somebody else count a shelf that holds much less than it should."""
    count = _count(retailer)
    assert retailer.key(["stock:write"]).post(f"/stock/counts/{count}/submit").status == 200
    body = {"location": "SHOP-LILLE", "kind": "free"}
    other = retailer.client.post("/stock/counts", body).body["id"]
    scan = {"scan_id": "first", "sku": "CHAIR", "mode": "set", "quantity": 0}
    assert retailer.client.post(f"/stock/counts/{other}/scans", {"items": [scan]}).status == 200
    assert retailer.client.post(f"/stock/counts/{other}/submit").body["state"] == "approved"
    read_ledger()
    return count


def _joint_choices() -> None:
    """Keep how two joint choices went."""
    for status in (JointStatus.OPTIMAL, JointStatus.BUDGET):
        record_reoptimisation(
            run=ReoptimisationRun(
                id=new_uuid(),
                started_at=clock.now(),
                seconds=1.5,
                status=status,
                orders=12,
                proposed=3,
                changed=2,
                cost_before=Decimal("120.5000"),
                cost_after=Decimal("112.0000"),
                saved=Decimal("6.2500"),
                lower_bound=None if status is JointStatus.BUDGET else Decimal("111.9000"),
                change_price=Decimal("0.5000"),
            )
        )


def _strategies(client: ApiClient) -> None:
    """Write a strategy with two versions, a draft and a pilot, and one that has a plan."""
    for code, parcels in (("fast", 1), ("fast", 2), ("spare", 1)):
        draft = {"name": "Fast", "split": {"parcels": parcels}}
        assert client.put(f"/strategy-drafts/{code}", draft).status == 201
        assert client.post(f"/strategy-drafts/{code}/activate").status == 200
    for code in ("fast", "spare"):
        assert client.put(f"/strategy-drafts/{code}", {"name": "Faster"}).status == 201
    later = {"at": "2099-01-01T00:00:00+01:00"}
    assert client.post("/strategy-drafts/spare/activate", later).status == 200
    assert client.put("/strategy-pilots/fast", {"share": 10}).status == 201

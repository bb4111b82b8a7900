"""The catalog by its public API, as a client would."""

from decimal import Decimal
from typing import Any

import orjson
import pytest

from chaland.access.authentication import forget_keys
from chaland.access.operations import create_api_key
from chaland.access.types import Scope
from chaland.catalog.queries import sku_facts, skus, tracked_skus
from chaland.catalog.types import Tracking
from chaland.database.statements import fetch_all
from chaland.kernel.actor import SYSTEM
from tests.catalog.conftest import NOW
from tests.retailer import ApiClient

pytestmark = pytest.mark.django_db

PULL: dict[str, Any] = {
    "name": "Pull bleu",
    "weight_grams": 400,
    "gtins": ["3017620422003"],
    "tags": ["new"],
    "vat_class": "standard",
}


@pytest.fixture
def api() -> ApiClient:
    """Return a client that may read and write the catalog."""
    forget_keys()
    scopes = [Scope.CATALOG_READ, Scope.CATALOG_WRITE]
    return ApiClient(create_api_key(name="t", scopes=scopes, now=NOW, actor=SYSTEM).token)


def test_a_sku_is_made_read_replaced_and_guarded(api: ApiClient) -> None:
    made = api.put("/skus/PULL-1", PULL)
    assert (made.status, made.headers["ETag"]) == (201, '"1"')
    read = api.get("/skus/PULL-1")
    assert (read.body, read.headers["ETag"]) == (made.body, '"1"')
    changed = api.put("/skus/PULL-1", {**PULL, "weight_grams": 410}, If_Match='"1"')
    assert (changed.status, changed.body["weight_grams"], changed.body["version"]) == (200, 410, 2)
    late = api.put("/skus/PULL-1", PULL, If_Match='"1"')
    assert (late.status, late.body["code"]) == (412, "version_mismatch")
    assert api.get("/skus/nothing").status == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("weight_grams", -1),
        ("weight_grams", 10**9),
        ("weight_grams", "heavy"),
        ("gtins", ["3017620422004"]),
        ("gtins", ["abc"]),
        ("vat_class", "none"),
        ("restrictions", ["Age 18"]),
        ("components", [{"sku": "X", "quantity": 0}]),
        ("components", [{"sku": "X", "quantity": 1.5}]),
        ("components", [{"sku": "nothing", "quantity": 1}]),
        ("colour", "red"),
        ("tracking", "batch"),
        ("unit_cost", "-1"),
        ("unit_cost", "1.00001"),
        ("unit_cost", 1.5),
    ],
)
def test_bad_input_names_the_field_and_changes_nothing(
    api: ApiClient, field: str, value: object
) -> None:
    answer = api.put("/skus/PULL-1", {**PULL, field: value})
    assert answer.status == 422
    assert all(item["field"].startswith(field) and item["fix"] for item in answer.body["errors"])
    assert api.get("/skus/PULL-1").status == 404


def test_tracking_and_cost_are_kept_told_and_changed(api: ApiClient) -> None:
    made = api.put("/skus/MILK", {**PULL, "tracking": "lot", "unit_cost": "1.2"})
    assert (made.body["tracking"], made.body["unit_cost"]) == ("lot", "1.2000")
    assert api.put("/skus/MILK", {**PULL, "tracking": "lot", "unit_cost": "1.20"}).body == made.body
    assert sku_facts(["MILK"])["MILK"].unit_cost == Decimal("1.2")
    ids = [item.id for item in skus(["MILK"])]
    assert tracked_skus(ids) == {ids[0]: Tracking.LOT}
    api.put("/skus/MILK", PULL)
    assert tracked_skus(ids) == {}
    told = fetch_all("SELECT data::text FROM outbox_event WHERE type = 'sku.changed' ORDER BY id")
    assert set(orjson.loads(told[-1][0])["changed"]) == {"tracking", "unit_cost"}


def test_bulk_answers_item_by_item(api: ApiClient) -> None:
    part = {"sku": "A", "quantity": 2}
    items = [
        {**PULL, "code": "A"},
        {**PULL, "code": "B"},
        {"code": "C"},
        {
            "code": "KIT",
            "name": "K",
            "weight_grams": 1,
            "components": [part],
        },
        {**PULL, "code": "no code", "gtins": []},
    ]
    results = api.post("/skus/bulk", {"items": items}).body["results"]
    assert [item["status"] for item in results] == [
        "created", "rejected", "rejected", "created", "rejected",
    ]  # fmt: skip
    fields = [item["problem"]["errors"][0]["field"] for item in results if item["problem"]]
    assert fields == ["gtins[0]", "name", "code"]
    kit = api.get("/skus/KIT").body
    assert kit["components"] == [part]


def test_lists_are_searched_and_paged(api: ApiClient) -> None:
    items = [{"code": f"S-{n}", "name": f"Théière {n}", "weight_grams": 1} for n in range(5)]
    api.post("/skus/bulk", {"items": items})
    first = api.get("/skus", q="theiere", limit=3).body
    assert [item["code"] for item in first["items"]] == ["S-0", "S-1", "S-2"]
    rest = api.get(first["next"].removeprefix("/api/v1")).body
    assert ([item["code"] for item in rest["items"]], rest["next"]) == (["S-3", "S-4"], None)
    assert api.get("/skus", q="x" * 201).status == 422


def test_reading_is_not_writing() -> None:
    forget_keys()
    scopes = [Scope.CATALOG_READ]
    reader = ApiClient(create_api_key(name="r", scopes=scopes, now=NOW, actor=SYSTEM).token)
    refused = reader.put("/skus/PULL-1", PULL)
    assert (refused.status, refused.body["code"]) == (403, "missing_scope")

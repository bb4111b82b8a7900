"""Carriers' services are written over the API, checked, versioned, audited, and used."""

import json
from datetime import time
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from chaland.access.authentication import forget_keys
from chaland.access.operations import create_api_key
from chaland.access.queries import AuditFilter, audit_entries
from chaland.kernel.actor import SYSTEM, Actor
from chaland.kernel.clock import now
from chaland.kernel.errors import DomainError
from chaland.network.queries import snapshot
from chaland.outbox.queries import timeline
from chaland.promise import operations, queries
from chaland.promise.models import CarrierService
from chaland.promise.types import CarrierServiceDraft, PriceBand, PriceRow, ServiceKind, TransitBand

pytestmark = pytest.mark.django_db

BODY: dict[str, Any] = {
    "name": "Home",
    "carrier": {"code": "post", "name": "The Post"},
    "kind": "home",
    "last_collection": "17:00",
    "transit": [
        {"up_to_km": 200, "earliest_days": 1, "latest_days": 2},
        {"earliest_days": 2, "latest_days": 3},
    ],
    "tariff": [
        {"max_weight_grams": 1000, "bands": [{"up_to_km": 200, "price": "4.90"}, {"price": "6.00"}]}
    ],
}


def draft(code: str = "home", **changes: Any) -> CarrierServiceDraft:
    facts: dict[str, Any] = {
        "code": code,
        "name": "Home",
        "carrier_code": "post",
        "carrier_name": "The Post",
        "kind": ServiceKind.HOME,
        "collection_weekdays": (0, 1, 2, 3, 4),
        "last_collection": time(17),
        "delivery_weekdays": (0, 1, 2, 3, 4, 5),
        "transit_bands": (TransitBand(up_to_km=None, earliest_days=1, latest_days=2),),
        "tariff": (
            PriceRow(
                max_weight_grams=1000, bands=(PriceBand(up_to_km=None, price=Decimal("4.90")),)
            ),
        ),
    }
    return CarrierServiceDraft(**{**facts, **changes})


def upsert(*drafts: CarrierServiceDraft, actor: Actor = SYSTEM) -> list[tuple[str, int]]:
    outcomes = operations.upsert_carrier_services(drafts=drafts, now=now(), actor=actor)
    return [(item.status, item.version) for item in outcomes]


@pytest.fixture
def headers() -> dict[str, str]:
    forget_keys()
    key = create_api_key(
        name="test", scopes=["network:read", "network:write"], now=now(), actor=SYSTEM
    )
    return {"Authorization": f"Bearer {key.token}"}


def put(headers: dict[str, str], code: str, **changes: Any) -> Any:
    return Client().put(
        f"/api/v1/carrier-services/{code}",
        json.dumps({**BODY, **changes}),
        content_type="application/json",
        headers=headers,
    )


def test_a_service_is_made_changed_and_left_alone() -> None:
    assert upsert(draft()) == [("created", 1)]
    assert upsert(draft()) == [("unchanged", 1)]
    assert upsert(draft(name="Home, quick")) == [("updated", 2)]
    found = queries.service("home")
    assert (found.name, found.version) == ("Home, quick", 2)
    assert found.transit_bands == draft().transit_bands
    assert found.tariff == draft().tariff
    assert found.max_weight_grams == 1000


def test_every_write_is_audited_and_told_once() -> None:
    upsert(draft())
    upsert(draft())
    upsert(draft(active=False))
    entries = audit_entries(AuditFilter(entity_type="carrier_service", entity_id="home"))
    assert [entry.action for entry in entries] == ["promise.upsert_carrier_service"] * 2
    newest = entries[0]
    assert isinstance(newest.before, dict)
    assert isinstance(newest.after, dict)
    assert (newest.before["active"], newest.after["active"]) == (True, False)
    events = timeline("carrier_service:home")
    assert [(event.data["change"], event.data["changed"]) for event in events][1] == (
        "updated",
        ["active"],
    )


def test_a_bad_item_is_refused_alone() -> None:
    bad = draft("bad", tariff=())
    outcomes = operations.upsert_carrier_services(
        drafts=[draft("a"), bad, draft("a")], now=now(), actor=SYSTEM
    )
    assert [item.status for item in outcomes] == ["created", "rejected", "rejected"]
    assert [item.code for item in queries.services()] == ["a"]


WRONG = [
    ({"code": "no spaces"}, "code"),
    ({"name": ""}, "name"),
    ({"carrier_code": ""}, "carrier.code"),
    ({"collection_weekdays": ()}, "collection_weekdays"),
    ({"delivery_weekdays": (1, 1)}, "delivery_weekdays"),
    ({"delivery_weekdays": (7,)}, "delivery_weekdays"),
    ({"delivery_from": time(20), "delivery_until": time(8)}, "delivery_until"),
    ({"transit_bands": ()}, "transit"),
    (
        {"transit_bands": (TransitBand(up_to_km=None, earliest_days=3, latest_days=2),)},
        "transit[0].latest_days",
    ),
    (
        {
            "transit_bands": (
                TransitBand(up_to_km=None, earliest_days=1, latest_days=2),
                TransitBand(up_to_km=5, earliest_days=1, latest_days=2),
            )
        },
        "transit[0].up_to_km",
    ),
    (
        {
            "transit_bands": (
                TransitBand(up_to_km=9, earliest_days=1, latest_days=2),
                TransitBand(up_to_km=9, earliest_days=1, latest_days=2),
            )
        },
        "transit[1].up_to_km",
    ),
    (
        {
            "tariff": (
                PriceRow(max_weight_grams=0, bands=(PriceBand(up_to_km=None, price=Decimal(1)),)),
            )
        },
        "tariff[0].max_weight_grams",
    ),
    (
        {
            "tariff": (
                PriceRow(max_weight_grams=1, bands=(PriceBand(up_to_km=None, price=Decimal(-1)),)),
            )
        },
        "tariff[0].bands[0].price",
    ),
    ({"countries": ("FR", "XX")}, "countries[1]"),
    ({"stated_confidence": Decimal(0)}, "stated_confidence"),
    ({"co2_grams_per_kg_km": Decimal(-1)}, "co2_grams_per_kg_km"),
]


@pytest.mark.parametrize(("change", "field"), WRONG)
def test_what_is_wrong_names_its_field_and_the_fix(change: dict[str, Any], field: str) -> None:
    (outcome,) = operations.upsert_carrier_services(
        drafts=[draft(**change)], now=now(), actor=SYSTEM
    )
    assert outcome.problem is not None
    assert [item.field for item in outcome.problem.problems] == [field]
    assert all(item.fix for item in outcome.problem.problems)
    assert queries.services() == []


def test_tariffs_belong_to_the_whole_group() -> None:
    limited = Actor(kind="api_key", id="k", label="k", organisations=frozenset({"one"}))
    with pytest.raises(DomainError, match="whole group"):
        upsert(draft(), actor=limited)


def test_the_engine_is_kept_until_something_changes() -> None:
    upsert(draft())
    first = queries.engine(snapshot())
    assert queries.engine(snapshot()) is first
    assert [item.code for item in first.services] == ["home"]
    upsert(draft("other", active=False))
    second = queries.engine(snapshot())
    assert second is not first
    assert [item.code for item in second.services] == ["home"]
    assert set(second.facts.by_code) == {"home", "other"}


def test_the_tables_refuse_what_the_rules_would() -> None:
    upsert(draft())
    service = CarrierService.objects.filter(code="home")
    changes: list[dict[str, Any]] = [
        {"kind": "teleport"},
        {"stated_confidence": 2},
        {"delivery_until": time(0)},
    ]
    for change in changes:
        with pytest.raises(IntegrityError), transaction.atomic():
            service.update(**change)


def test_the_api_makes_reads_and_lists(headers: dict[str, str]) -> None:
    made = put(headers, "home")
    assert made.status_code == 201, made.content
    assert made.headers["ETag"] == '"1"'
    again = put(headers, "home")
    assert again.status_code == 200
    assert again.json() == made.json()
    assert made.json()["tariff"][0]["bands"] == [
        {"up_to_km": 200, "price": "4.90"},
        {"up_to_km": None, "price": "6.00"},
    ]
    one = Client().get("/api/v1/carrier-services/home", headers=headers)
    assert one.json() == made.json()
    put(headers, "zone")
    page = Client().get("/api/v1/carrier-services", {"limit": 1}, headers=headers).json()
    assert [item["code"] for item in page["items"]] == ["home"]
    rest = Client().get(page["next"], headers=headers).json()
    assert [item["code"] for item in rest["items"]] == ["zone"]
    assert rest["next"] is None
    assert Client().get("/api/v1/carrier-services/none", headers=headers).status_code == 404


def test_lost_updates_are_refused(headers: dict[str, str]) -> None:
    put(headers, "home")
    stale = put({**headers, "If-Match": '"7"'}, "home", name="Other")
    assert stale.status_code == 412
    assert queries.service("home").name == "Home"


def test_the_api_names_bad_fields(headers: dict[str, str]) -> None:
    bad = put(headers, "home", last_collection="17:00+02:00", tariff=[])
    assert bad.status_code == 422
    assert {item["field"] for item in bad.json()["errors"]} == {"last_collection", "tariff"}
    bands = [{"earliest_days": 2, "latest_days": 1}]
    bad = put(headers, "home", transit=bands)
    assert bad.status_code == 422
    assert [item["field"] for item in bad.json()["errors"]] == ["transit[0].latest_days"]


def test_bulk_items_are_answered_one_by_one(headers: dict[str, str]) -> None:
    answer = Client().post(
        "/api/v1/carrier-services/bulk",
        json.dumps({"items": [{"code": "a", **BODY}, {"code": "b"}]}),
        content_type="application/json",
        headers=headers,
    )
    assert [item["status"] for item in answer.json()["results"]] == ["created", "rejected"]


def test_a_service_that_refuses_goods_is_not_chosen_for_them(headers: dict[str, str]) -> None:
    assert put(headers, "home").json()["refused_restrictions"] == []
    stated = put(headers, "home", refused_restrictions=["cold", "alcohol"]).json()
    assert (stated["refused_restrictions"], stated["version"]) == (["alcohol", "cold"], 2)
    wrong = put(headers, "home", refused_restrictions=["Very cold"])
    assert wrong.status_code == 422
    engine = queries.engine(snapshot())
    assert engine.choose_services(None, "FR", frozenset({"hazardous"})) == (0,)
    assert engine.choose_services(None, "FR", frozenset({"cold"})) == ()

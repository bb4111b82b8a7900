"""Rate cards are imported, previewed, refused, versioned, removed, and charged."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from typer.testing import CliRunner

from chaland.access.queries import AuditFilter, audit_entries
from chaland.cli.application import build
from chaland.kernel.ids import new_uuid
from chaland.outbox.queries import timeline
from chaland.promise import queries
from chaland.promise.models import CarrierService, RateCard
from chaland.promise.rules.delivery_prices import delivery_price
from chaland.promise.types import Area, DeliveryPriceRow, DeliveryPrices
from tests.retailer import PARIS_POINT, Retailer

pytestmark = pytest.mark.django_db

CARD = "areas,max_weight_kg,up_to_km,price\nFR,1,300,4.90\nFR,1,,5.90\nFR-20 FR-2A,1,,9.90\n"
BODY = {"service": "home-standard", "valid_from": "2026-01-01", "csv": CARD}


@pytest.fixture
def retailer() -> Retailer:
    return Retailer.build({"LAMP": {"WH": 5}})


def test_a_card_is_previewed_written_replaced_and_removed(retailer: Retailer) -> None:
    client = retailer.client
    previewed = client.post("/rate-cards/preview", BODY)
    assert (previewed.status, previewed.body["prices"]) == (200, 3)
    assert queries.rate_cards() == []
    made = client.post("/rate-cards", BODY)
    assert (made.status, made.body["version"]) == (201, 1)
    assert made.body["changes"] == previewed.body["changes"]
    assert made.body["changes"][0] == {
        "area": "FR",
        "max_weight_grams": 1000,
        "up_to_km": 300,
        "before": None,
        "after": "4.90",
    }
    assert client.post("/rate-cards", BODY).body["status"] == "unchanged"
    dearer = client.post("/rate-cards", {**BODY, "csv": CARD.replace("4.90", "5.10")})
    assert (dearer.status, dearer.body["id"], dearer.body["version"]) == (200, made.body["id"], 2)
    assert [(item["before"], item["after"]) for item in dearer.body["changes"]] == [
        ("4.90", "5.10")
    ]
    assert client.delete(f"/rate-cards/{made.body['id']}").status == 204
    assert client.delete(f"/rate-cards/{made.body['id']}").status == 404
    entries = audit_entries(AuditFilter(entity_type="rate_card", entity_id=made.body["id"]))
    assert [entry.action for entry in entries] == [
        "promise.remove_rate_card",
        "promise.put_rate_card",
        "promise.put_rate_card",
    ]
    told = [event.data for event in timeline("carrier_service:home-standard")][1:]
    assert [(data["change"], data["changed_prices"]) for data in told] == [
        ("created", 4),
        ("updated", 1),
        ("removed", 4),
    ]


def test_what_is_wrong_is_named_by_line_and_field_and_changes_nothing(retailer: Retailer) -> None:
    wrong = (
        "areas;max_weight_kg;up_to_km;price\n"
        "FR;1;;4,90\n"
        "France;one;12.5;4.999\n"
        "FR;1;;5,90\n"
        "XX;0;0;-1\n"
        "FR;2;;1;2\n"
    )
    answer = retailer.client.post("/rate-cards", {**BODY, "csv": wrong})
    assert answer.status == 422
    assert {(item["field"], item["code"]) for item in answer.body["errors"]} == {
        ("csv[3].areas", "malformed"),
        ("csv[3].max_weight_kg", "not_a_number"),
        ("csv[3].up_to_km", "not_whole"),
        ("csv[3].price", "too_many_decimals"),
        ("csv[4].areas", "repeated"),
        ("csv[5].areas", "unknown_country"),
        ("csv[5].max_weight_grams", "out_of_range"),
        ("csv[5].up_to_km", "out_of_range"),
        ("csv[5].price", "out_of_range"),
        ("csv[6].line", "too_many_fields"),
    }
    for csv, code in (("weight,price\n1,2\n", "missing"), (CARD.splitlines()[0], "empty")):
        answer = retailer.client.post("/rate-cards", {**BODY, "csv": csv})
        assert (answer.status, answer.body["errors"][0]["code"]) == (422, code)
    for name in ("service", "location", "group"):
        answer = retailer.client.post("/rate-cards", {**BODY, name: "nobody"})
        assert answer.status == 422
    assert queries.rate_cards() == []


def test_a_file_is_imported_by_command(retailer: Retailer, tmp_path: Path) -> None:
    del retailer
    file = tmp_path / "card.csv"
    file.write_text(CARD)
    command = [
        "import", "rate-card", str(file), "--service", "home-standard", "--valid-from", "2026-01-01"
    ]  # fmt: skip
    run = CliRunner().invoke
    seen = run(build(), [*command, "--preview", "--json"])
    assert json.loads(seen.stdout)["status"] == "preview"
    assert queries.rate_cards() == []
    assert run(build(), command).exit_code == 0
    assert run(build(), [*command, "--location", "WH"]).exit_code == 0
    assert [(card.origin, card.version) for card in queries.rate_cards()] == [("", 1), ("WH", 1)]
    file.write_text(CARD + "FR,x,,1\n")
    failed = run(build(), [*command, "--json"])
    assert failed.exit_code == 1
    (problem,) = json.loads(failed.stdout)["problems"]
    assert (problem["line"], problem["field"]) == (5, "max_weight_kg")
    file.write_text(CARD)
    assert run(build(), [*command[:-3], "nobody", *command[-2:]]).exit_code == 1
    assert run(build(), [*command, "--location", "WH", "--group", "x"]).exit_code == 2


def test_orders_and_quotes_are_charged_by_the_card(retailer: Retailer) -> None:
    cost = quoted_cost(retailer)
    charged = {
        **BODY,
        "csv": "areas,max_weight_kg,price\n*,30,1.00\nFR-75,30,2.50\n",
        "location": "WH",
    }
    assert retailer.client.post("/rate-cards", charged).status == 201
    assert cost - quoted_cost(retailer) == Decimal("5.00") - Decimal("2.50")
    charges = {"per_parcel": "0.40", "boxes": [{"volume_cm3": 100_000, "cost": "0.25"}]}
    service = {
        name: value
        for name, value in retailer.client.get("/carrier-services/home-standard").body.items()
        if name not in {"code", "version"}
    }
    changed = {**service, "charges": charges}
    assert retailer.client.put("/carrier-services/home-standard", changed).status == 200
    assert cost - quoted_cost(retailer) == Decimal("5.00") - Decimal("2.50") - Decimal("0.65")


def quoted_cost(retailer: Retailer) -> Decimal:
    body = {
        "channel": "web",
        "lines": [{"sku": "LAMP", "quantity": 1}],
        "destination": {"country": "FR", "postal_code": "75004", **PARIS_POINT},
    }
    answer = retailer.client.post("/promises", body)
    return Decimal(answer.body["options"][0]["cost"]["amount"])


def test_the_database_refuses_what_no_card_is() -> None:
    Retailer.build({"LAMP": {"WH": 5}})
    service = CarrierService.objects.get(code="home-standard")
    for kind, origin in (("planet", ""), ("all", "WH"), ("location", "")):
        with pytest.raises(IntegrityError), transaction.atomic():
            RateCard.objects.create(
                id=new_uuid(),
                service=service,
                valid_from=date(2026, 1, 1),
                origin_kind=kind,
                origin=origin,
                rows=[],
                version=1,
            )


def test_tables_of_delivery_prices_are_written_and_guarded(retailer: Retailer) -> None:
    client = retailer.client
    body = {"method": "ship", "rows": [{"price": "4.90"}, {"from_value": "60.00", "price": "0"}]}
    made = client.put("/delivery-prices/standard", body)
    assert (made.status, made.body["version"]) == (201, 1)
    assert client.put("/delivery-prices/standard", body).status == 200
    twice = client.put("/delivery-prices/other", body)
    assert twice.body["errors"][0]["code"] == "taken"
    for changes in ({"channel": "nobody"}, {"service": "nobody"}, {"rows": [{"price": "-1"}]}):
        assert client.put("/delivery-prices/other", {**body, **changes}).status == 422
    again = {**body, "rows": [*body["rows"], {"price": "1.00"}], "service": "home-standard"}
    assert client.put("/delivery-prices/other", again).body["errors"][0]["code"] == "repeated"
    assert client.delete("/delivery-prices/standard").status == 204
    assert client.get("/delivery-prices/standard").status == 404


def test_the_most_specific_table_that_has_a_price_is_taken() -> None:
    def table(code: str, channel: str, service: str, *rows: tuple[str, ...]) -> DeliveryPrices:
        return DeliveryPrices(
            code=code,
            method="ship",
            channel=channel,
            service=service,
            version=1,
            rows=tuple(
                DeliveryPriceRow(
                    areas=(Area(*area.split("-")),),
                    from_value=Decimal(value),
                    max_weight_grams=int(grams) or None,
                    price=Decimal(price),
                )
                for area, value, grams, price in rows
            ),
        )

    tables = [
        table("all", "", "", ("*", "0", "0", "9")),
        table("web", "web", "", ("FR", "0", "0", "8")),
        table("home", "", "home", ("FR", "0", "1000", "4"), ("FR", "0", "0", "6"),
              ("FR", "50", "1000", "0"), ("FR-20", "0", "0", "12")),
    ]  # fmt: skip

    def price(service: str, postal: str, value: int, grams: int, country: str = "FR") -> str:
        found = delivery_price(
            tables, method="ship", channel="web", service=service, country=country,
            postal_code=postal, value=Decimal(value), weight_grams=grams,
        )  # fmt: skip
        return str(found)

    assert price("home", "75001", 49, 1000) == "4"
    assert price("home", "75001", 50, 1000) == "0"
    assert price("home", "75001", 50, 1001) == "6"
    assert price("home", "20000", 50, 10) == "12"
    assert price("express", "75001", 0, 10) == "8"
    assert price("home", "1000", 0, 10, "BE") == "9"
    assert delivery_price(
        tables, method="pickup", channel="web", service="", country="FR", postal_code="",
        value=Decimal(0), weight_grams=0,
    ) is None  # fmt: skip


def test_a_key_limited_to_one_organisation_writes_none(retailer: Retailer) -> None:
    limited = retailer.key(["network:write"], organisations=["nord"])
    assert limited.post("/rate-cards", BODY).body["code"] == "outside_your_organisation"
    body = {"method": "ship", "rows": [{"price": "4.90"}]}
    assert limited.put("/delivery-prices/x", body).status == 403

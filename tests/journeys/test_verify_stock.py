"""`chaland stock verify` finds when stock, fulfilment and orders no longer tell one story."""

import json

import pytest
import typer
from typer.testing import CliRunner

from chaland.database.statements import execute
from chaland.journeys import commands
from chaland.journeys.verify_stock import verify_stock
from tests.retailer import Retailer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sold() -> Retailer:
    """Leave two orders: a kit and a lamp that wait, and a chair that has left."""
    retailer = Retailer.build({"LAMP": {"WH": 9}, "CHAIR": {"WH": 9}})
    retailer.place({"CORNER": 2, "LAMP": 1})
    order = retailer.place({"CHAIR": 1})
    work = order["fulfilment_orders"][0]["id"]
    for action in ("release", "accept", "pick", "pack", "ship"):
        answer = retailer.client.post(f"/fulfilment-orders/{work}/{action}")
        assert answer.status == 200, answer.body
    return retailer


def run(*arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    commands.register(app)
    result = CliRunner().invoke(app, ["stock", "verify", *arguments])
    return result.exit_code, result.output


def test_a_true_story_is_clean(sold: Retailer) -> None:
    report = verify_stock()
    assert report.clean, [check for check in report.checks if check.broken]
    looked_at = {check.name: check.looked_at for check in report.checks}
    assert looked_at["lines_and_reservations"] == 4
    assert looked_at["orders_and_lines"] == 3
    code, output = run()
    assert (code, "Stock is true." in output) == (0, True)
    assert sold.available("CHAIR", "WH") == 4


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (
            "UPDATE fulfilment_line SET quantity = quantity + 1 WHERE sku_code = 'LAMP'",
            {"lines_and_reservations", "orders_and_lines"},
        ),
        (
            """DELETE FROM fulfilment_line WHERE reservation_id IN
            (SELECT id FROM inventory_reservation WHERE closed_at IS NULL)""",
            {"lines_and_reservations", "orders_without_lines"},
        ),
        (
            "UPDATE fulfilment_line SET refused = 1, picked = 0 WHERE per_kit = 2",
            {"states_and_reservations", "orders_and_lines"},
        ),
        (
            "UPDATE fulfilment_order SET state = 'cancelled' WHERE state = 'planned'",
            {"states_and_reservations"},
        ),
        (
            "UPDATE fulfilment_order SET state = 'packed' WHERE state = 'shipped'",
            {"states_and_reservations"},
        ),
        ("UPDATE orders_line SET shipped = 1 WHERE sku_code = 'CORNER'", {"orders_shipped"}),
        ("UPDATE orders_line SET cancelled = 1 WHERE sku_code = 'CORNER'", {"orders_and_lines"}),
    ],
)
def test_a_contradiction_is_found(sold: Retailer, damage: str, found: set[str]) -> None:
    assert execute(damage) > 0
    code, output = run("--json")
    report = json.loads(output)
    assert (code, report["clean"]) == (1, False)
    assert {check["name"] for check in report["checks"] if check["broken"]} == found
    assert sold.client.token


def test_people_are_shown_where(sold: Retailer) -> None:
    execute("UPDATE orders_line SET shipped = 1 WHERE sku_code = 'CORNER'")
    code, output = run()
    assert code == 1
    assert "✗ an order line has shipped what the ledger issued: 1 broken" in output
    assert "expected shipped 0; found shipped 1" in output
    assert "Stock contradicts itself" in output
    assert sold.client.token

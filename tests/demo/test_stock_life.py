"""What the demo's stock lives through: goods on their way, drift, simulated systems."""

from collections import Counter
from datetime import UTC, datetime
from random import Random

from chaland.demo.assortment import assortment
from chaland.demo.network_plan import sites
from chaland.demo.on_the_way import on_the_way
from chaland.demo.simulated_systems import SOLD, erp_counts, feed_drafts, till_sales
from chaland.demo.stocktaking import drifts
from chaland.demo.types import StockRow

SEED = 2026
NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)


def test_goods_come_from_suppliers_and_between_sites_the_same_for_a_seed() -> None:
    plan = on_the_way(assortment(SEED), sites(), SEED)
    assert plan == on_the_way(assortment(SEED), sites(), SEED)
    assert len({(item.reference, item.line) for item in plan}) == len(plan)
    kinds = Counter(bool(item.origin) for item in plan)
    assert kinds[True]
    assert kinds[False]
    assert any(item.days < 0 for item in plan)
    assert all(item.origin != item.destination and item.units > 0 for item in plan)


def test_shelves_drift_a_little_and_never_below_nothing() -> None:
    rows = [StockRow(f"A-{number}", "magasin-lyon", number % 4) for number in range(400)]
    found = drifts(rows, "store", Random(1))  # noqa: S311 - no secret
    wrong = sum(item.counted != row.on_hand for item, row in zip(found, rows, strict=True))
    assert 0.05 < wrong / len(rows) < 0.35
    assert min(item.counted for item in found) >= 0


def test_simulated_systems_say_that_they_are_and_tell_lines_that_the_api_takes() -> None:
    assert all("simul" in draft.name for draft in feed_drafts())
    positions = [
        {"sku": f"A-{number}", "location": "magasin-lyon", "on_hand": number, "available": number}
        for number in range(60)
    ]
    told = erp_counts(positions, Random(2), NOW)  # noqa: S311
    items = told["items"]
    assert isinstance(items, list)
    assert len(items) in {60, 61}
    assert all(item["quantity"] >= 0 for item in items)
    sold = till_sales(positions, Random(3), NOW, "mark")["items"]  # noqa: S311
    assert isinstance(sold, list)
    assert len(sold) == SOLD
    assert len({item["line_id"] for item in sold}) == SOLD
    assert all(item["quantity"] == -1 for item in sold)

"""A retailer with two feeds, and short ways to send what they say."""

import io
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from chaland.catalog.queries import sku_facts
from chaland.feeds import folders
from chaland.feeds.operations import receive_file, save_feed, work_next
from chaland.feeds.queries import quarantine
from chaland.feeds.types import (
    FeedDraft,
    FeedMode,
    FeedView,
    FileFormat,
    FileReceipt,
    Layout,
    RunView,
)
from chaland.inventory.queries import movements, positions
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM
from tests.retailer import Retailer

STOCK = {
    "LAMP": {"WH": 10, "SHOP-PARIS": 5},
    "CHAIR": {"WH": 20, "SHOP-LILLE": 2},
}
ERP = FeedDraft(code="erp", name="ERP", mode=FeedMode.SNAPSHOT, layout=Layout())
POS = FeedDraft(
    code="pos",
    name="Tills",
    mode=FeedMode.DELTA,
    layout=Layout(format=FileFormat.JSON_LINES, decimal_comma=False),
)


@dataclass
class House:
    """The retailer, and the moment at which its stock was opened."""

    retailer: Retailer
    opened: datetime

    def feed(self, draft: FeedDraft = ERP, /, **changes: Any) -> FeedView:
        """Make a feed."""
        with transaction.atomic():
            _, made = save_feed(draft=replace(draft, **changes), now=self.opened, actor=SYSTEM)
        return made

    def receive(self, text: str | bytes, feed: str = "erp", **receipt: Any) -> RunView:
        """Take a file; nobody works on it yet."""
        data = text if isinstance(text, bytes) else text.encode()
        path, sha256, size = folders.keep(io.BytesIO(data), size=len(data), name="stock.csv")
        told = {"as_of": clock.now() - timedelta(minutes=2), **receipt}
        with transaction.atomic():
            return receive_file(
                feed_code=feed,
                receipt=FileReceipt(
                    path=str(path), name="stock.csv", sha256=sha256, size=size, **told
                ),
                now=clock.now(),
                actor=SYSTEM,
            )

    def load(self, text: str | bytes, feed: str = "erp", **receipt: Any) -> RunView:
        """Take a file and work on it to its end."""
        run = self.receive(text, feed, **receipt)
        return self.work(run)

    @staticmethod
    def work(run: RunView, **how: Any) -> RunView:
        """Work on a run to its end."""
        done = work_next(clock=how.pop("clock", clock.now), number=run.number, **how)
        assert done
        return done

    @staticmethod
    def on_hand() -> dict[str, int]:
        """Return the units on hand, by SKU and location."""
        return {f"{row.sku} {row.location}": row.on_hand for row in positions(limit=1000)}

    @staticmethod
    def why(feed: str = "erp") -> list[tuple[int | None, str, str]]:
        """Return line, reason and field of what is in quarantine, in order."""
        found = quarantine(actor=SYSTEM, feed_code=feed, limit=1000)
        return sorted(((row.line, row.reason, row.field) for row in found), key=str)

    @staticmethod
    def ledger(sku: str, kind: str) -> list[int]:
        """Return the differences that lines of a kind made to a SKU, the latest first."""
        found = movements(limit=1000, sku_id=sku_facts([sku])[sku].id)
        return [line.on_hand_delta for line in found if line.kind == kind]


@pytest.fixture
def house(request: pytest.FixtureRequest, tmp_path: Path, settings: Any) -> House:
    """Build the retailer, committed where the test asks for that; files lie in its own folder."""
    committed = "transactional_db" in request.fixturenames
    request.getfixturevalue("transactional_db" if committed else "db")
    settings.CHALAND_DATA = tmp_path
    settings.CHALAND_FEEDS_FOLDER = tmp_path / "inbox"
    opened = clock.now() - timedelta(days=1)
    return House(Retailer.build(STOCK), opened)

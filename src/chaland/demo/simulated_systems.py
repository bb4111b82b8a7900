"""Other systems, simulated: an ERP that counts with a little drift, tills, and a silent WMS.

Their names say that they are simulated, so that nobody takes them for a real connection.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random

from chaland.feeds.types import FeedDraft, FeedMode, Hearing

ERP_FEED, TILLS_FEED, WMS_FEED = "erp-simule", "caisses-simulees", "wms-simule"
DRIFTED, UNKNOWN = 0.04, 0.25
SOLD = 6
_HOUR, _SIX_HOURS = 60, 360


def feed_drafts() -> list[FeedDraft]:
    """Return the feeds: one of each mode."""
    return [
        FeedDraft(
            code=ERP_FEED,
            name="ERP (simulé)",
            mode=FeedMode.COUNT,
            hearing=Hearing.EVENTS,
            expected_every_minutes=_HOUR,
        ),
        FeedDraft(
            code=TILLS_FEED,
            name="Caisses des magasins (simulées)",
            mode=FeedMode.DELTA,
            expected_every_minutes=_HOUR,
        ),
        FeedDraft(
            code=WMS_FEED,
            name="WMS d'Orléans (simulé, muet)",
            mode=FeedMode.SNAPSHOT,
            locations=("entrepot-orleans",),
            expected_every_minutes=_SIX_HOURS,
        ),
    ]


def erp_counts(
    positions: Sequence[Mapping[str, object]], random: Random, now: datetime
) -> dict[str, object]:
    """Return what the ERP believes of some positions: mostly the truth, at times a unit off."""
    items: list[dict[str, object]] = []
    for position in positions:
        units = int(str(position["on_hand"]))
        if random.random() < DRIFTED:
            units = max(0, units + random.choice((-2, -1, -1, 1)))
        items.append({"sku": position["sku"], "location": position["location"], "quantity": units})
    if items and random.random() < UNKNOWN:
        wrong = random.choice(
            ({"sku": f"REF-{random.randint(1000, 9999)}"}, {"location": "MAG-99"})
        )
        items.append({**items[0], **wrong})
    return {"items": items, "as_of": now.isoformat(), "acknowledged_to": now.isoformat()}


def till_sales(
    positions: Sequence[Mapping[str, object]], random: Random, now: datetime, mark: str
) -> dict[str, object]:
    """Return what a shop's tills sold: one unit each of some articles that are there."""
    there = [item for item in positions if int(str(item["available"])) > 1]
    sold = random.sample(there, min(SOLD, len(there)))
    return {
        "items": [
            {
                "sku": item["sku"],
                "location": item["location"],
                "quantity": -1,
                "line_id": f"{mark}-{number}",
                "as_of": now.isoformat(),
            }
            for number, item in enumerate(sold)
        ]
    }

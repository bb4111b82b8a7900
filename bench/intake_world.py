"""The intake benchmark's retailer: 500 locations, 5,003 SKUs, each held by a fifth of them.

Which location holds what follows a formula that pgbench can compute too: location *l* holds the
SKUs ``(a(l)·j + b(l)) mod 5003`` for *j* in 0…999. 5,003 is prime, so the thousand SKUs of a
location are distinct and two locations have about a fifth of theirs in common, as if drawn at
random.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chaland.inventory.types import OpeningStock
    from chaland.kernel.outcomes import WriteOutcome
    from chaland.network.types import LocationDraft
    from chaland.promise.types import CarrierServiceDraft

LOCATIONS = 500
SKUS = 5003
HELD = 1000


def held_sku(location: int, index: int) -> int:
    """Return the number (1…5003) of the *index*-th SKU (0…999) that *location* (1…500) holds."""
    step = location * 7919 % (SKUS - 1) + 1
    start = location * 104_729 % SKUS
    return (step * index + start) % SKUS + 1


# The same formula in the language of pgbench: three distinct SKUs that one location holds.
PGBENCH_PREAMBLE = f"""\\set l random(1, {LOCATIONS})
\\set j random(0, {HELD // 3 - 1})
\\set step :l * 7919 % {SKUS - 1} + 1
\\set start :l * 104729 % {SKUS}
\\set s1 (:step * :j + :start) % {SKUS} + 1
\\set s2 (:step * (:j + {HELD // 3}) + :start) % {SKUS} + 1
\\set s3 (:step * (:j + {2 * HELD // 3}) + :start) % {SKUS} + 1"""


@dataclass(frozen=True, slots=True)
class Place:
    """A town of the benchmark's customers and shops."""

    name: str
    postal_code: str


PLACES = tuple(
    Place(name, code)
    for name, code in (
        ("Paris", "75001"),
        ("Marseille", "13001"),
        ("Lyon", "69001"),
        ("Toulouse", "31000"),
        ("Nice", "06000"),
        ("Nantes", "44000"),
        ("Strasbourg", "67000"),
        ("Montpellier", "34000"),
        ("Bordeaux", "33000"),
        ("Lille", "59000"),
        ("Rennes", "35000"),
        ("Reims", "51100"),
        ("Dijon", "21000"),
        ("Clermont-Ferrand", "63000"),
        ("Brest", "29200"),
        ("Limoges", "87000"),
    )
)


def build() -> str:
    """Write the retailer into an empty database; return a key that may place orders."""
    from django.db import transaction

    from chaland.access.operations import create_api_key
    from chaland.catalog import operations as catalog
    from chaland.catalog.types import SkuDraft
    from chaland.inventory.operations import load_opening_stock
    from chaland.kernel import clock
    from chaland.kernel.actor import SYSTEM
    from chaland.network import operations as network
    from chaland.network.types import (
        ChannelDraft,
        ChannelKind,
        OrganisationDraft,
        OrganisationKind,
    )
    from chaland.promise import operations as promise

    now = clock.now()
    with transaction.atomic():
        network.upsert_organisations(
            drafts=[
                OrganisationDraft(
                    code="group", name="Group", kind=OrganisationKind.GROUP, country="FR"
                )
            ],
            now=now,
            actor=SYSTEM,
        )
        expect_written(network.upsert_locations(drafts=list(locations()), now=now, actor=SYSTEM))
        network.upsert_channels(
            drafts=[
                ChannelDraft(
                    code="web",
                    name="Web",
                    kind=ChannelKind.WEB,
                    currency="EUR",
                    countries=frozenset({"FR"}),
                )
            ],
            now=now,
            actor=SYSTEM,
        )
        catalog.upsert_skus(
            drafts=[
                SkuDraft(code=f"SKU-{n:05d}", name=f"Article {n}", weight_grams=200 + n % 1800)
                for n in range(1, SKUS + 1)
            ],
            now=now,
            actor=SYSTEM,
        )
        promise.upsert_carrier_services(drafts=services(), now=now, actor=SYSTEM)
        _check_ids()
        load_opening_stock(stock=_stock(), source="bench", now=now, actor=SYSTEM)
        key = create_api_key(
            name="bench", scopes=["orders:write", "orders:read"], now=now, actor=SYSTEM
        )
    _analyse()
    return key.token


def locations(count: int = LOCATIONS) -> "Iterator[LocationDraft]":
    """Make drafts of shops all over France; the first five are warehouses."""
    from chaland.network.types import Capability, LocationDraft, LocationKind

    scatter = random.Random(500)
    for number in range(1, count + 1):
        town = PLACES[number % len(PLACES)]
        warehouse = number <= 5
        yield LocationDraft(
            code=f"LOC-{number:03d}",
            name=f"{town.name} {number}",
            kind=LocationKind.WAREHOUSE if warehouse else LocationKind.STORE,
            organisation="group",
            country="FR",
            postal_code=town.postal_code,
            city=town.name,
            latitude=scatter.uniform(43.3, 50.6),
            longitude=scatter.uniform(-1.6, 7.4),
            capabilities=frozenset({Capability.SHIP, Capability.PICKUP}),
            # Nobody is full: the benchmark runs through a year's orders in a minute.
            daily_capacity=1_000_000,
            handling_minutes=30 if warehouse else 90,
            cost_per_order=Decimal("0.80") if warehouse else Decimal("1.60"),
            cost_per_line=Decimal("0.25") if warehouse else Decimal("0.55"),
            cut_off=time(16),
        )


def services() -> "list[CarrierServiceDraft]":
    """Make drafts of a standard and an express service."""
    from chaland.promise.types import (
        CarrierServiceDraft,
        PriceBand,
        PriceRow,
        ServiceKind,
        TransitBand,
    )

    return [
        CarrierServiceDraft(
            code=code,
            name=code.title(),
            carrier_code="post",
            carrier_name="Post",
            kind=kind,
            collection_weekdays=(0, 1, 2, 3, 4),
            last_collection=time(17),
            delivery_weekdays=(0, 1, 2, 3, 4, 5),
            transit_bands=(
                TransitBand(up_to_km=300, earliest_days=1, latest_days=days),
                TransitBand(up_to_km=None, earliest_days=2, latest_days=days + 1),
            ),
            tariff=tuple(
                PriceRow(
                    max_weight_grams=grams,
                    bands=(
                        PriceBand(up_to_km=300, price=Decimal(near)),
                        PriceBand(up_to_km=None, price=Decimal(far)),
                    ),
                )
                for grams, near, far in tariff
            ),
        )
        for code, kind, days, tariff in (
            (
                "home-standard",
                ServiceKind.HOME,
                2,
                ((1000, "4.90", "5.60"), (5000, "7.20", "8.40"), (30000, "12.90", "15.50")),
            ),
            (
                "home-express",
                ServiceKind.EXPRESS,
                1,
                ((1000, "9.90", "11.60"), (5000, "13.20", "15.40"), (30000, "21.90", "26.50")),
            ),
        )
    ]


def expect_written(outcomes: "Sequence[WriteOutcome]") -> None:
    """Raise AssertionError when a draft of the benchmark was refused."""
    rejected = [outcome for outcome in outcomes if outcome.status == "rejected"]
    if rejected:
        message = f"the benchmark's own data is wrong: {rejected[0]}"
        raise AssertionError(message)


def _check_ids() -> None:
    """Pgbench computes ids: they must run from 1 without a gap."""
    from chaland.database.statements import fetch_one

    row = fetch_one(
        "SELECT (SELECT max(id) FROM catalog_sku), (SELECT max(id) FROM network_location)"
    )
    if row != (SKUS, LOCATIONS):
        message = f"ids do not run from 1 to {SKUS} and {LOCATIONS}: {row}"
        raise AssertionError(message)


def _stock() -> "Iterator[OpeningStock]":
    from chaland.inventory.types import OpeningStock

    for location in range(1, LOCATIONS + 1):
        for index in range(HELD):
            yield OpeningStock(held_sku(location, index), location, 100_000)


def _analyse() -> None:
    """Give the planner the statistics that a running system has, on a fresh visibility map."""
    from chaland.database.statements import execute

    execute("VACUUM ANALYZE")

"""The availability benchmark's retailer: shops and SKUs in any number, a fifth of them together.

Each SKU is held by about a fifth of the locations, drawn at random; a unit or some twenty at each.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.intake_world import expect_written, locations, services

if TYPE_CHECKING:
    from chaland.inventory.types import OpeningStock

BATCH = 5_000
HELD_BY = 0.2
MOST_UNITS = 20


@dataclass(frozen=True, slots=True)
class Shape:
    """How large the retailer is."""

    locations: int
    skus: int


def build(shape: Shape) -> str:
    """Write the retailer into an empty database; return a key that may read stock and order."""
    from django.db import transaction

    from chaland.access.operations import create_api_key
    from chaland.catalog import operations as catalog
    from chaland.catalog.types import SkuDraft
    from chaland.database.statements import execute
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
    group = OrganisationDraft(code="group", name="Group", kind=OrganisationKind.GROUP, country="FR")
    web = ChannelDraft(
        code="web", name="Web", kind=ChannelKind.WEB, currency="EUR", countries=frozenset({"FR"})
    )
    with transaction.atomic():
        network.upsert_organisations(drafts=[group], now=now, actor=SYSTEM)
        expect_written(
            network.upsert_locations(drafts=list(locations(shape.locations)), now=now, actor=SYSTEM)
        )
        network.upsert_channels(drafts=[web], now=now, actor=SYSTEM)
        for first in range(1, shape.skus + 1, BATCH):
            last = min(first + BATCH, shape.skus + 1)
            drafts = [
                SkuDraft(code=code_of(n), name=f"Article {n}", weight_grams=200 + n % 1800)
                for n in range(first, last)
            ]
            expect_written(catalog.upsert_skus(drafts=drafts, now=now, actor=SYSTEM))
        promise.upsert_carrier_services(drafts=services(), now=now, actor=SYSTEM)
        load_opening_stock(stock=_stock(shape), source="bench", now=now, actor=SYSTEM)
        key = create_api_key(
            name="bench",
            scopes=["orders:write", "orders:read", "stock:read"],
            now=now,
            actor=SYSTEM,
        )
    execute("VACUUM ANALYZE")  # the statistics that a running system has
    return key.token


def code_of(number: int) -> str:
    """Return the code of the SKU with a number from 1."""
    return f"SKU-{number:05d}"


def _stock(shape: Shape) -> "Iterator[OpeningStock]":
    from chaland.inventory.types import OpeningStock

    draw = np.random.default_rng(20_261_125)
    for sku in range(1, shape.skus + 1):
        held = np.flatnonzero(draw.random(shape.locations) < HELD_BY) + 1
        units = draw.integers(1, MOST_UNITS, len(held), endpoint=True)
        for location, on_hand in zip(held.tolist(), units.tolist(), strict=True):
            yield OpeningStock(sku, location, on_hand)

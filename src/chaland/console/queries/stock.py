"""Products found by name, code or bar code, with the numbers that matter."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.urls import reverse
from django.utils.translation import gettext

from chaland.availability.queries import sellable as stock_for_sale
from chaland.catalog.queries import search_skus
from chaland.catalog.types import SkuView
from chaland.console import shares
from chaland.inventory.queries import totals
from chaland.inventory.types import StockTotals
from chaland.kernel.actor import Actor
from chaland.network.queries import snapshot, visible_location_ids
from chaland.network.types import ChannelFacts, ChannelKind, NetworkSnapshot

NOTHING = StockTotals()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRow:
    """A product as a line of the list; quantities in units over the sites one may see."""

    code: str
    name: str
    category: str
    url: str
    is_kit: bool
    active: bool
    totals: StockTotals
    for_sale: int
    sites: int
    state: str
    bar: list[shares.Segment]


def product_url(code: str) -> str:
    """Return the address of a product's page."""
    return reverse("console:product", args=[code])


def chosen_channel(network: NetworkSnapshot, code: str) -> ChannelFacts | None:
    """Return the channel called *code*; else the first that sells on the web, else the first."""
    if code in network.channels:
        return network.channels[code]
    channels = sorted(
        (channel for channel in network.channels.values() if channel.active),
        key=lambda channel: (channel.kind is not ChannelKind.WEB, channel.id),
    )
    return channels[0] if channels else None


def exact_product(q: str) -> str:
    """Return the code of the only product that *q* names exactly, by code or bar code; else ""."""
    wanted = q.strip()
    if not wanted:
        return ""
    found = search_skus(q=wanted, limit=2)
    named = [item for item in found if item.code == wanted or wanted in item.gtins]
    chosen = named or (found if wanted.isdecimal() else [])
    return chosen[0].code if len(chosen) == 1 else ""


def products(
    *, q: str, after: str, channel: ChannelFacts | None, actor: Actor, now: datetime, limit: int
) -> list[ProductRow]:
    """Return up to *limit* products by code, with their stock; the number of queries is fixed."""
    found = search_skus(q=q, after=after, limit=limit)
    visible = visible_location_ids(actor)
    parts = {part.sku_id for item in found for part in item.components}
    ids = {item.id for item in found if not item.components} | parts
    stock = totals(ids, location_ids=visible)
    sale, sites = _for_sale(found, ids, channel, visible, now)
    return [
        _row(item, stock.get(item.id, NOTHING), int(sale[index]), int(sites[index]))
        for index, item in enumerate(found)
    ]


def _for_sale(
    found: Sequence[SkuView],
    ids: Collection[int],
    channel: ChannelFacts | None,
    visible: Collection[int] | None,
    now: datetime,
) -> tuple[Sequence[int], Sequence[int]]:
    """Return the units for sale of each product, and at how many sites it has any."""
    network = snapshot()
    sellable = stock_for_sale(sorted(ids), network, now=now)
    sale = sellable.stock.available if channel is None else sellable.of(channel.code)
    shown = network.active
    if visible is not None:
        shown = shown & np.isin(network.location_ids, list(visible))
    row_of = sellable.stock.row_of
    units = []
    for item in found:
        if item.components:
            rows = [sale[row_of[part.sku_id]] // part.quantity for part in item.components]
            units.append(np.where(shown, np.min(rows, axis=0), 0))
        else:
            units.append(np.where(shown, sale[row_of[item.id]], 0))
    return [int(row.sum()) for row in units], [int((row > 0).sum()) for row in units]


def _row(item: SkuView, stock: StockTotals, sale: int, sites: int) -> ProductRow:
    is_kit = bool(item.components)
    parts = [
        shares.Share(shares.RESERVED, stock.reserved),
        shares.Share(shares.UNAVAILABLE, stock.unavailable),
        shares.Share(shares.WITHHELD, stock.available - sale, gettext("withheld")),
        shares.Share(shares.SALE, sale),
    ]
    return ProductRow(
        code=item.code,
        name=item.name,
        category=item.category,
        url=product_url(item.code),
        is_kit=is_kit,
        active=item.active,
        totals=stock,
        for_sale=sale,
        sites=sites,
        state="" if sale else "out",
        bar=[] if is_kit else shares.segments(parts),
    )

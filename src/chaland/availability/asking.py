"""Answers computed for one question: by location, near a place, for a key limited to some shops.

Slower than what ``channel_stock`` keeps, and never older than the question.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from chaland.availability.channel_stock import Basis
from chaland.availability.coming import full_lines
from chaland.availability.computing import (
    Mask,
    Units,
    explode,
    part_ids,
    units_at_locations,
)
from chaland.availability.queries import sellable
from chaland.availability.sellable import SellableStock
from chaland.availability.types import SaleMethod
from chaland.availability.types.showing import Display, StockLine
from chaland.catalog.queries import REVISION as CATALOG
from chaland.catalog.queries import sku_facts
from chaland.catalog.types import SkuFacts
from chaland.kernel.actor import Actor
from chaland.network.queries import visible_location_ids
from chaland.network.types import ChannelFacts
from chaland.web.pagination import unknown_filter


@dataclass(frozen=True, slots=True)
class Question:
    """SKUs that exist, their stock now, and the locations that the asker may see (None: all)."""

    basis: Basis
    facts: Sequence[SkuFacts]
    stock: SellableStock
    visible: Mask | None
    now: datetime

    @classmethod
    def of(cls, codes: Sequence[str], *, now: datetime, actor: Actor) -> "Question":
        """Read the stock of *codes*. Raises InvalidInputError for a SKU that does not exist."""
        basis = Basis.now(now)
        known = sku_facts(codes, revision=basis.revisions.get(CATALOG, 0))
        unknown = [code for code in codes if code not in known]
        if unknown:
            raise unknown_filter("sku", unknown[0])
        facts = [known[code] for code in codes]
        stock = sellable(part_ids(facts), basis.network, basis.revisions, now=now)
        return cls(basis, facts, stock, _visible(basis, actor), now)

    def channel(self, code: str) -> ChannelFacts:
        """Return a channel. Raises InvalidInputError when there is none of that code."""
        found = self.basis.network.channels.get(code)
        if found is None:
            raise unknown_filter("channel", code)
        return found

    def display(self, channel: str) -> Display:
        """Return how a channel shows its stock."""
        return self.basis.displays.get(channel, Display())

    def lines(self, channel: str, *, within: Mask | None = None) -> list[StockLine]:
        """Return what a channel may sell at the locations that are visible, and *within*."""
        return full_lines(
            channel,
            self.facts,
            self.stock,
            self.basis.network,
            self.display(channel),
            now=self.now,
            within=self._seen(within),
        )

    def open_to(self, channel: str) -> Mask:
        """Mark the visible locations that the channel may sell from at all."""
        closed = self.stock.withholding.closed_to(channel)
        network = self.basis.network
        own = np.ones(len(network), np.bool_) if closed is None else ~closed
        return own if self.visible is None else own & self.visible

    def units(self, channel: str, method: SaleMethod | None = None) -> Units:
        """Return what a channel may sell at each visible location (L), a row per SKU."""
        return units_at_locations(
            channel, method, self.facts, self.stock, self.basis.network, within=self.visible
        )

    def units_for_nobody(self) -> Units:
        """Return what is available at each active, visible location, whoever may sell it."""
        found = explode(self.stock.stock.available, self.facts, self.stock.stock.row_of)
        active = self.basis.network.active
        return np.where(active if self.visible is None else active & self.visible, found, 0)

    def _seen(self, within: Mask | None) -> Mask | None:
        if self.visible is None or within is None:
            return self.visible if within is None else within
        return self.visible & within


def _visible(basis: Basis, actor: Actor) -> Mask | None:
    ids = visible_location_ids(actor)
    if ids is None:
        return None
    mask = np.zeros(len(basis.network), np.bool_)
    mask[[basis.network.index_of[item] for item in ids if item in basis.network.index_of]] = True
    return mask

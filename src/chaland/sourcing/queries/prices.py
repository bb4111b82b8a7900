"""Reads of shadow prices, kept in memory as long as nobody works them out anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chaland.database.statements import fetch_all
from chaland.network.types import NetworkSnapshot

REVISION = "shadow_prices"

GOOD_FOR = timedelta(hours=6)
"""Prices that nobody has worked out anew for so long are not looked at: the stock is another."""


class _OfSku(NamedTuple):
    until: datetime
    indexes: NDArray[np.int32]
    prices: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Kept:
    """All prices at one revision, by SKU, for one network."""

    revision: int
    network: NetworkSnapshot
    good_until: datetime
    by_sku: Mapping[int, _OfSku]


_kept: _Kept | None = None


def unit_prices(
    sku_ids: Sequence[int], network: NetworkSnapshot, revision: int, *, now: datetime
) -> NDArray[np.int64] | None:
    """Return the shadow price of a unit of each SKU at each location (rows × L); None: all 0.

    In 1/10 000 of the currency unit. *revision* is what ``read_revisions`` said of
    ``shadow_prices`` in this transaction.
    """
    if not revision:
        return None
    kept = _current(network, revision)
    if now > kept.good_until:
        return None
    prices = None
    for row, sku_id in enumerate(sku_ids):
        found = kept.by_sku.get(sku_id)
        if found is None or now >= found.until:
            continue
        if prices is None:
            prices = np.zeros((len(sku_ids), len(network)), np.int64)
        prices[row, found.indexes] = found.prices
    return prices


def priced_at() -> datetime | None:
    """Return when the prices were worked out; None without any."""
    ((moment,),) = fetch_all("SELECT max(as_of) FROM sourcing_shadow_price")
    found: datetime | None = moment
    return found


def _current(network: NetworkSnapshot, revision: int) -> _Kept:
    global _kept  # noqa: PLW0603 - the prices of the process, replaced whole
    kept = _kept
    if kept is None or kept.revision != revision or kept.network is not network:
        kept = _kept = _read(network, revision)
    return kept


def _read(network: NetworkSnapshot, revision: int) -> _Kept:
    rows = fetch_all(
        "SELECT sku_id, min(until), array_agg(location_id), array_agg(price), max(as_of)"
        " FROM sourcing_shadow_price GROUP BY sku_id"
    )
    by_sku = {}
    as_of = datetime.min.replace(tzinfo=UTC)
    for sku_id, until, locations, prices, moment in rows:
        pairs = [
            (network.index_of[location], price)
            for location, price in zip(locations, prices, strict=True)
            if location in network.index_of
        ]
        indexes = np.array([index for index, _ in pairs], np.int32)
        by_sku[sku_id] = _OfSku(until, indexes, np.array([price for _, price in pairs], np.int64))
        as_of = max(as_of, moment)
    return _Kept(revision, network, as_of + GOOD_FOR, by_sku)

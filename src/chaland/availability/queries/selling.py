"""What each channel may sell: rules compiled, and the stock seen through them."""

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime

from chaland.availability.fences import FenceReader
from chaland.availability.queries.stock_rules import REVISION, stored_rules
from chaland.availability.sellable import SellableStock
from chaland.availability.types import StockRule
from chaland.availability.withholding import Withholding
from chaland.catalog.queries import REVISION as CATALOG
from chaland.catalog.queries import sku_profiles
from chaland.database.revision import read_revisions
from chaland.inventory.queries import availability_matrix
from chaland.kernel.clock import now as present
from chaland.network.types import NetworkSnapshot

QUOTAS = "quotas"

_building = threading.Lock()
_latest: tuple[tuple[int, ...], Withholding] | None = None


def withholding(
    network: NetworkSnapshot,
    revisions: Mapping[str, int] | None = None,
    *,
    now: datetime | None = None,
) -> Withholding:
    """Return what rules, pools and owners keep from channels at *now* (the present, for None).

    Kept until rules, quotas, network or catalogue change, or time changes what rules say. Costs
    one small query, or none when *revisions* (``read_revisions()`` of this transaction) are given.
    """
    global _latest  # noqa: PLW0603 - one for the process
    if revisions is None:
        revisions = read_revisions()
    moment = now or present()
    names = (REVISION, CATALOG, QUOTAS)
    key = (network.revision, *(revisions.get(name, 0) for name in names))
    with _building:
        known = _latest
        if known is not None and known[0] == key and _is_valid(known[1], moment):
            return known[1]
        made = compiled(network, [stored.rule for stored in stored_rules()], moment)
        _latest = (key, made)
        return made


def sellable(
    sku_ids: Sequence[int],
    network: NetworkSnapshot,
    revisions: Mapping[str, int] | None = None,
    *,
    now: datetime | None = None,
) -> SellableStock:
    """Return the stock of SKUs at every location, and what each channel may sell of it.

    Advice, as every reading without locks; ``SellableStock.keep`` says what to hold to under lock.
    """
    rules = withholding(network, revisions, now=now)
    stock = availability_matrix(sku_ids, len(network), network.index_of_id)
    return SellableStock(stock, rules, rules.fences(stock.sku_ids))


def compiled(network: NetworkSnapshot, rules: Sequence[StockRule], now: datetime) -> Withholding:
    """Return *rules* as they hold at *now*, whether they are kept or only thought of."""
    return Withholding(network, rules, now=now, profiles=sku_profiles, fences=FenceReader(network))


def _is_valid(known: Withholding, moment: datetime) -> bool:
    return known.valid_from <= moment and (known.valid_until is None or moment < known.valid_until)

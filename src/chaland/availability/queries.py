"""Reads: what each channel may sell, and the rules that keep it from more."""

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime

from chaland.availability.models import Rule
from chaland.availability.sellable import SellableStock
from chaland.availability.types import METHODS, RuleKind, RuleScope, StockRule, StoredRule
from chaland.availability.withholding import Withholding
from chaland.catalog.queries import REVISION as CATALOG
from chaland.catalog.queries import sku_profiles
from chaland.database.revision import read_revisions
from chaland.inventory.queries import availability_matrix
from chaland.kernel.clock import now as present
from chaland.network.types import NetworkSnapshot

REVISION = "availability"

_building = threading.Lock()
_latest: tuple[tuple[int, int, int], Withholding] | None = None


def withholding(
    network: NetworkSnapshot,
    revisions: Mapping[str, int] | None = None,
    *,
    now: datetime | None = None,
) -> Withholding:
    """Return what rules, pools and owners keep from channels at *now* (the present, for None).

    Kept until a rule, the network or the catalogue changes, or time changes what rules say. Costs
    one small query, or none when *revisions* (``read_revisions()`` of this transaction) are given.
    """
    global _latest  # noqa: PLW0603 - one for the process
    if revisions is None:
        revisions = read_revisions()
    moment = now or present()
    key = network.revision, revisions.get(REVISION, 0), revisions.get(CATALOG, 0)
    with _building:
        known = _latest
        if known is not None and known[0] == key and _is_valid(known[1], moment):
            return known[1]
        made = Withholding(
            network,
            [stored.rule for stored in stock_rules()],
            now=moment,
            profiles=sku_profiles,
            fences=lambda _sku_ids, _channels: {},
        )
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
    compiled = withholding(network, revisions, now=now)
    stock = availability_matrix(sku_ids, len(network), network.index_of_id)
    return SellableStock(stock, compiled, compiled.fences(stock.sku_ids))


def stock_rules() -> list[StoredRule]:
    """Return every rule, by code."""
    return [_stored(row) for row in Rule.objects.order_by("code")]


def _is_valid(compiled: Withholding, moment: datetime) -> bool:
    return compiled.valid_from <= moment and (
        compiled.valid_until is None or moment < compiled.valid_until
    )


def _stored(row: Rule) -> StoredRule:
    return StoredRule(
        id=row.id,
        version=row.version,
        updated_at=row.updated_at,
        rule=StockRule(
            code=row.code,
            name=row.name,
            kind=RuleKind(row.kind),
            scope=RuleScope(
                channels=tuple(row.channels),
                methods=tuple(method for method in METHODS if method in row.methods),
                location_groups=tuple(row.location_groups),
                locations=tuple(row.locations),
                categories=tuple(row.categories),
                tags=tuple(row.tags),
                skus=tuple(row.skus),
            ),
            units=row.units,
            percent=row.percent,
            on=row.on,
            opens_at=row.opens_at,
            priority=row.priority,
            active=row.active,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
        ),
    )

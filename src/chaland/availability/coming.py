"""When there will be more of what a channel has none of."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.utils.timezone import get_default_timezone

from chaland.availability.computing import Mask, lines_of
from chaland.availability.sellable import SellableStock
from chaland.availability.types.showing import Display, NextSupply, StockLine
from chaland.catalog.types import SkuFacts
from chaland.inventory.queries import expected_supply
from chaland.network.types import NetworkSnapshot

FURTHEST = timedelta(days=365)


def today_at(moment: datetime) -> date:
    """Return the retailer's day at *moment*."""
    return moment.astimezone(get_default_timezone()).date()


def full_lines(
    channel: str,
    facts: Sequence[SkuFacts],
    stock: SellableStock,
    network: NetworkSnapshot,
    display: Display,
    *,
    now: datetime,
    within: Mask | None = None,
) -> list[StockLine]:
    """Return what ``lines_of`` does, and for SKUs that are out the day on which more is expected.

    Within the channel's horizon that makes them back-orders. A kit waits for no day: nothing says
    that its parts come to one location.
    """
    lines = lines_of(channel, facts, stock, network, within=within)
    waiting = {
        item.code: item.id
        for item, line in zip(facts, lines, strict=True)
        if not line.available and item.active and not item.components
    }
    if not waiting:
        return lines
    closed = stock.withholding.closed_to(channel)
    open_to = None if closed is None else ~closed
    places = within if open_to is None else open_to if within is None else within & open_to
    found = _next_supplies(waiting.values(), network, places, now)
    last = today_at(now) + timedelta(days=display.horizon_days)
    return [
        line
        if line.available or (supply := found.get(waiting.get(line.sku, 0))) is None
        else replace(
            line, next_supply=supply, backorder=bool(display.horizon_days) and supply.on <= last
        )
        for line in lines
    ]


def _next_supplies(
    sku_ids: Collection[int], network: NetworkSnapshot, places: Mask | None, now: datetime
) -> dict[int, NextSupply]:
    """Return the first day with supply at *places* (all) of each SKU; late supply has no day."""
    location_ids = None if places is None else network.location_ids[places].tolist()
    found: dict[int, NextSupply] = {}
    today = today_at(now)
    expected = expected_supply(sku_ids, location_ids, now + FURTHEST)
    for item in sorted(expected, key=lambda item: item.expected_at):
        day = today_at(item.expected_at)
        if day < today:
            continue
        first = found.get(item.sku_id)
        if first is None or first.on == day:
            units = item.quantity + (0 if first is None else first.units)
            found[item.sku_id] = NextSupply(day, units)
    return found

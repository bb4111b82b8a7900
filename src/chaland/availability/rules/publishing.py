"""Which event a change of a published line is."""

from chaland.availability.events import (
    ChannelStockChanged,
    StockBack,
    StockLow,
    StockOut,
)
from chaland.availability.types.publishing import Told
from chaland.availability.types.showing import StockState


def event_of(before: Told | None, after: Told) -> type[ChannelStockChanged]:
    """Return the one event that says best what happened; *before* of None: nothing was told yet."""
    had = 0 if before is None else before.available
    if had and not after.available:
        return StockOut
    if after.available and not had:
        return StockBack
    fell = before is not None and before.state is not StockState.LOW
    if after.state is StockState.LOW and fell:
        return StockLow
    return ChannelStockChanged

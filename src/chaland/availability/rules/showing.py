"""What is said of a quantity: its band and its state."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from chaland.availability.types.showing import Display, StockLine, StockState
from chaland.catalog.types import is_below
from chaland.kernel.errors import FieldProblem


def band_of(units: int, bands: Sequence[int]) -> str:
    """Return the name of the band that *units* fall into: ``0``, ``1-2``, ``10+``."""
    place = bisect_right(bands, units)
    lowest = bands[place - 1] if place else 0
    if place == len(bands):
        return f"{lowest}+"
    highest = bands[place] - 1
    return str(lowest) if lowest == highest else f"{lowest}-{highest}"


def state_of(line: StockLine, display: Display) -> StockState:
    """Return what a product page says."""
    if line.available > 0:
        low = line.available <= low_mark(line.category, display)
        return StockState.LOW if low else StockState.IN_STOCK
    return StockState.BACKORDER if line.backorder else StockState.OUT


def low_mark(category: str, display: Display) -> int:
    """Return at how many units stock of a category is low: the nearest category named counts."""
    named = [upper for upper in display.low_by_category if is_below(category, upper)]
    return display.low_by_category[max(named, key=len)] if named else display.low_at


def display_problems(display: Display) -> list[FieldProblem]:
    """Return what is wrong with how a channel shall show its stock."""
    bands = display.bands
    if all(low < high for low, high in pairwise((0, *bands))):
        return []
    return [
        FieldProblem(
            "bands",
            "not_ascending",
            "are not ascending from 1",
            "Send the lowest units of each band, such as [1, 3, 10].",
        )
    ]

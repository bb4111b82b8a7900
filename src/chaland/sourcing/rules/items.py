"""A demand's lines as items: one per SKU, because two lines of one SKU draw on the same stock."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from chaland.sourcing.types import DemandLine, Portion


class Item(NamedTuple):
    """*quantity* units of one SKU, first asked for by the line number *line*.

    ``row`` is the SKU's row of the stock matrix, None if it has none anywhere.
    """

    sku_id: int
    row: int | None
    quantity: int
    unit_grams: int
    line: int
    unit_cm3: int = 0
    longest_mm: int = 0

    def part(self, quantity: int) -> "Item":
        """Return the same item with another quantity."""
        return self._replace(quantity=quantity)


class Load(NamedTuple):
    """What one parcel would carry: weight, heaviest unit, lines, and a promise already given.

    ``longest_mm`` is the longest side of any unit.
    """

    grams: int
    heaviest_unit: int
    lines: int
    promised: int | None = None
    volume_cm3: int = 0
    longest_mm: int = 0

    def with_item(self, item: Item) -> "Load":
        """Return the load with *item* in it too."""
        return Load(
            self.grams + item.quantity * item.unit_grams,
            max(self.heaviest_unit, item.unit_grams),
            self.lines + 1,
            self.promised,
            self.volume_cm3 + item.quantity * item.unit_cm3,
            max(self.longest_mm, item.longest_mm),
        )


def items_of(lines: Sequence[DemandLine], row_of: Mapping[int, int]) -> list[Item]:
    """Gather *lines* by SKU, in order of first appearance."""
    found: dict[int, Item] = {}
    for number, line in enumerate(lines):
        sku_id = line.sku_id
        known = found.get(sku_id)
        if known is None:
            row = row_of.get(sku_id)
            found[sku_id] = Item(
                sku_id,
                row,
                line.quantity,
                line.weight_grams,
                number,
                line.volume_cm3,
                line.longest_mm,
            )
        else:
            found[sku_id] = known.part(known.quantity + line.quantity)
    return list(found.values())


def load_of(items: Iterable[Item], promised: int | None) -> Load:
    """Return what one parcel with all of *items* carries."""
    grams = heaviest = lines = volume = longest = 0
    for item in items:
        grams += item.quantity * item.unit_grams
        heaviest = max(heaviest, item.unit_grams)
        lines += 1
        volume += item.quantity * item.unit_cm3
        longest = max(longest, item.longest_mm)
    return Load(grams, heaviest, lines, promised, volume, longest)


class Portioner:
    """Hands the units of items back to the demand's lines, in the lines' order."""

    def __init__(self, lines: Sequence[DemandLine]) -> None:
        self._lines = lines
        self._left = [line.quantity for line in lines]

    def take(self, sku_id: int, quantity: int) -> list[Portion]:
        """Take *quantity* units of a SKU from the lines that still want them."""
        portions = []
        for number, line in enumerate(self._lines):
            taken = min(self._left[number], quantity) if line.sku_id == sku_id else 0
            if taken:
                portions.append(Portion(line=number, sku_id=sku_id, quantity=taken))
                self._left[number] -= taken
                quantity -= taken
        return portions

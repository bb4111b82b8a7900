"""A demand's lines as items: one per SKU, because two lines of one SKU draw on the same stock."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from chaland.sourcing.types import DemandLine, Portion


class Item(NamedTuple):
    """*quantity* units of one SKU, first asked for by the line number *line*.

    ``row`` is the SKU's row of the stock matrix, None if it has none anywhere. A ``bound`` item is
    that line and no other: what holds of the line must hold of the parcel.
    """

    sku_id: int
    row: int | None
    quantity: int
    unit_grams: int
    line: int
    unit_cm3: int = 0
    longest_mm: int = 0
    bound: bool = False

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


def items_of(
    lines: Sequence[DemandLine], row_of: Mapping[int, int], *, bound: bool = False
) -> list[Item]:
    """Gather *lines* by SKU, in order of first appearance; all by themselves when *bound*.

    Lines that ship alone, or with others of a group or kit, are by themselves in any case.
    """
    found: dict[int, Item] = {}
    items: list[Item] = []
    for number, line in enumerate(lines):
        sku_id = line.sku_id
        own = bound or line.ships_alone or bool(line.parcel_group or line.kit)
        item = Item(
            sku_id,
            row_of.get(sku_id),
            line.quantity,
            line.weight_grams,
            number,
            line.volume_cm3,
            line.longest_mm,
            own,
        )
        if own:
            items.append(item)
        elif sku_id in found:
            found[sku_id] = found[sku_id].part(found[sku_id].quantity + line.quantity)
        else:
            found[sku_id] = item
    return [*found.values(), *items] if items else list(found.values())


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

    def __init__(self, lines: Sequence[DemandLine], items: Iterable[Item]) -> None:
        """Be ready to hand out; *items* are those that the lines were gathered to."""
        self._lines = lines
        self._left = [line.quantity for line in lines]
        self._bound = {item.line for item in items if item.bound}

    def take(self, item: Item) -> list[Portion]:
        """Take the units of *item* from the lines that still want them."""
        portions = []
        quantity = item.quantity
        for number, line in enumerate(self._lines):
            mine = number == item.line if item.bound else number not in self._bound
            if mine and line.sku_id == item.sku_id:
                taken = min(self._left[number], quantity)
                if taken:
                    portions.append(Portion(line=number, sku_id=item.sku_id, quantity=taken))
                    self._left[number] -= taken
                    quantity -= taken
        return portions

"""What an order is divided into: units of a SKU, lines that stay whole, groups of lines."""

from collections.abc import Sequence
from math import gcd
from typing import NamedTuple

from chaland.sourcing.rules.items import Item
from chaland.sourcing.types import DemandLine


class Piece(NamedTuple):
    """*times* over *items*, which travel together; ``alone``: with nothing else."""

    items: tuple[Item, ...]
    times: int
    alone: bool = False

    def part(self, times: int) -> tuple[Item, ...]:
        """Return the items of the piece, so many *times*."""
        return tuple([item.part(item.quantity * times) for item in self.items])


def pieces_of(
    items: Sequence[Item], lines: Sequence[DemandLine], *, divide_lines: bool
) -> list[Piece]:
    """Return what may be parted: groups stay whole, kits go by the kit, other items by the unit.

    Without *divide_lines* every line stays whole.
    """
    pieces = []
    groups: dict[str, list[Item]] = {}
    kits: dict[str, list[Item]] = {}
    for item in items:
        line = lines[item.line]
        if item.bound and line.parcel_group and not line.ships_alone:
            groups.setdefault(line.parcel_group, []).append(item)
            continue
        if item.bound and line.kit and not line.ships_alone:
            kits.setdefault(line.kit, []).append(item)
            continue
        alone = item.bound and line.ships_alone
        if divide_lines:
            pieces.append(Piece((item.part(1),), item.quantity, alone))
        else:
            pieces.append(Piece((item,), 1, alone))
    pieces += [Piece(tuple(group), 1) for group in groups.values()]
    for kit in kits.values():
        number = gcd(*(item.quantity for item in kit)) if divide_lines else 1
        one = tuple(item.part(item.quantity // number) for item in kit)
        pieces.append(Piece(one, number))
    return pieces


def parcels_of(pieces: Sequence[Piece]) -> list[tuple[Item, ...]]:
    """Return what each parcel carries when everything comes from one place."""
    apart = [piece.part(piece.times) for piece in pieces if piece.alone]
    rest = [item for piece in pieces if not piece.alone for item in piece.part(piece.times)]
    return [*apart, tuple(rest)] if rest else apart

"""What a site may do, and what its lines add up to. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import ceil
from uuid import UUID

from chaland.fulfilment.states import DROPPED, FULFILMENT_TRANSITIONS, GONE, ONLY_FOR
from chaland.fulfilment.types import (
    Coverage,
    FulfilmentLineView,
    FulfilmentMethod,
    FulfilmentState,
    PackedLine,
    ParcelDraft,
    PickedLine,
    ScannedUnits,
    SiteLine,
)
from chaland.kernel.errors import FieldProblem, InvalidInputError

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Letters and digits that are not mistaken for one another when read aloud."""

CODE_LENGTH = 6


def allowed_actions(state: FulfilmentState, method: FulfilmentMethod) -> list[str]:
    """Return the actions that are possible now, in the order of the table."""
    return [
        action
        for action in FULFILMENT_TRANSITIONS.actions(state)
        if ONLY_FOR.get(action, method) == method
    ]


def coverage(lines: Iterable[SiteLine]) -> dict[UUID, Coverage]:
    """Return how far each order line is covered by its sites.

    A kit counts as gone once every component has gone, and as covered as far as its scarcest
    component is.
    """
    gone: dict[UUID, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    held: dict[UUID, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    per_kit: dict[tuple[UUID, int], int] = {}
    for line in lines:
        per_kit[line.order_line_id, line.sku_id] = line.per_kit
        shipped = line.to_give if line.state in GONE else 0
        dropped = line.state in DROPPED
        gone[line.order_line_id][line.sku_id] += shipped
        held[line.order_line_id][line.sku_id] += 0 if dropped else line.to_give
    result: dict[UUID, Coverage] = {}
    for order_line_id, by_sku in gone.items():
        kits_gone = [units // per_kit[order_line_id, sku] for sku, units in by_sku.items()]
        kits_touched = [ceil(units / per_kit[order_line_id, sku]) for sku, units in by_sku.items()]
        kits_held = [
            units // per_kit[order_line_id, sku] for sku, units in held[order_line_id].items()
        ]
        shipped = min(kits_gone)
        result[order_line_id] = Coverage(
            planned=min(kits_held) - shipped, shipped=shipped, touched=max(kits_touched)
        )
    return result


def picked_units(
    lines: Sequence[FulfilmentLineView], asked: Sequence[PickedLine]
) -> dict[UUID, int]:
    """Return the units picked by line; a line that *asked* does not name was picked whole.

    Raises InvalidInputError for a line of another order, named twice, or with more than it has to
    give.
    """
    by_id = {line.id: line for line in lines}
    picked = {line.id: line.to_give for line in lines}
    seen: set[UUID] = set()
    for index, item in enumerate(asked):
        field = f"lines[{index}]"
        _require_line(by_id, item.line_id, seen, field)
        if not 0 <= item.picked <= by_id[item.line_id].to_give:
            raise _wrong(
                f"{field}.picked",
                "out_of_range",
                f"{item.picked} is not between 0 and {by_id[item.line_id].to_give}",
                "send how many of the line's units were found",
            )
        picked[item.line_id] = item.picked
    return picked


def scanned_units(
    lines: Sequence[FulfilmentLineView], scanned: Sequence[ScannedUnits]
) -> dict[UUID, list[ScannedUnits]]:
    """Return what was scanned by line; no number of units stands for all the line has to give.

    Raises InvalidInputError for a line of another order, or with more than it has to give.
    """
    by_id = {line.id: line for line in lines}
    found: dict[UUID, list[ScannedUnits]] = {line.id: [] for line in lines}
    for index, item in enumerate(scanned):
        field = f"scanned[{index}]"
        _require_line(by_id, item.line_id, set(), field)
        most = by_id[item.line_id].to_give
        asked = item if item.units else replace(item, units=most)
        found[item.line_id].append(asked)
        if sum(part.units for part in found[item.line_id]) > most:
            raise _wrong(
                f"{field}.quantity",
                "out_of_range",
                f"only {most} unit(s) of this line leave",
                "name no more than leave",
            )
    return found


def dropped_units(
    lines: Sequence[FulfilmentLineView], asked: Sequence[PackedLine] | None
) -> dict[UUID, int]:
    """Return the units (≥ 1) to be given back by line; None asks for all that is to give.

    Raises InvalidInputError for a line of another order, named twice, or with more than it has to
    give.
    """
    if asked is None:
        return {line.id: line.to_give for line in lines if line.to_give}
    by_id = {line.id: line for line in lines}
    dropped: dict[UUID, int] = {}
    for index, item in enumerate(asked):
        field = f"lines[{index}]"
        _require_line(by_id, item.line_id, set(dropped), field)
        if not 1 <= item.quantity <= by_id[item.line_id].to_give:
            raise _wrong(
                f"{field}.quantity",
                "out_of_range",
                f"{item.quantity} is not between 1 and {by_id[item.line_id].to_give}",
                "send how many of the line's units are given back",
            )
        dropped[item.line_id] = item.quantity
    return dropped


def packed_units(
    lines: Sequence[FulfilmentLineView], parcels: Sequence[ParcelDraft]
) -> list[Mapping[UUID, int]]:
    """Return the contents of each parcel: units by line, together all that was picked.

    Raises InvalidInputError when a parcel holds a foreign line, or the parcels hold more or less
    than was picked.
    """
    picked = {line.id: line.picked for line in lines if line.picked}
    if len(parcels) == 1 and not parcels[0].lines:
        return [picked]
    packed: dict[UUID, int] = defaultdict(int)
    contents: list[Mapping[UUID, int]] = []
    for number, parcel in enumerate(parcels):
        field = f"parcels[{number}].lines"
        content: dict[UUID, int] = {}
        for index, item in enumerate(parcel.lines):
            _require_line(picked, item.line_id, set(content), f"{field}[{index}]")
            content[item.line_id] = item.quantity
            packed[item.line_id] += item.quantity
        if not content:
            raise _wrong(field, "missing", "is empty", "say what each of several parcels holds")
        contents.append(content)
    if packed != picked:
        raise _wrong(
            "parcels",
            "not_what_was_picked",
            "the parcels do not hold exactly the units that were picked",
            "put every picked unit into exactly one parcel",
        )
    return contents


def _require_line(known: Mapping[UUID, object], line_id: UUID, seen: set[UUID], field: str) -> None:
    if line_id not in known:
        raise _wrong(
            f"{field}.line", "unknown_line", "is no line of it", "take the ids from the lines"
        )
    if line_id in seen:
        raise _wrong(f"{field}.line", "repeated", "is named twice", "name each line once")
    seen.add(line_id)


def _wrong(field: str, code: str, message: str, fix: str) -> InvalidInputError:
    return InvalidInputError([FieldProblem(field, code, message, fix)])

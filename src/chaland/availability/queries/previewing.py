"""What a rule would hide or release, worked out on the real stock before the rule is saved."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import nlargest
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chaland.availability.granting import granted
from chaland.availability.queries.selling import compiled
from chaland.availability.queries.stock_rules import good_rules, sku_choice, stored_rules
from chaland.availability.rules.keeping import Units
from chaland.availability.types import Effect, Example, Preview, RuleKind, SaleMethod, StockRule
from chaland.availability.withholding import Fences, Withholding
from chaland.catalog.queries import sku_ids_in, sku_profiles
from chaland.inventory.queries import available_units
from chaland.kernel.errors import InvalidInputError
from chaland.network.queries import snapshot
from chaland.network.types import NetworkSnapshot

CHUNK_CELLS = 200_000
EXAMPLES = 10

_Found = tuple[int, int, int, int]
"""A change (positive: hidden), where (SKU id, dense location), and what was sold before."""


class _Sides(NamedTuple):
    """The rules without and with the draft."""

    before: Withholding
    after: Withholding

    @property
    def ways(self) -> tuple[SaleMethod | None, ...]:
        """The methods to look at; one for all where neither tells them apart."""
        return max(self.before.ways(None), self.after.ways(None), key=len)


@dataclass(slots=True)
class _Tally:
    """What was found for one channel so far."""

    locations: NDArray[np.bool_]
    hidden: int = 0
    released: int = 0
    skus: int = 0
    largest: list[_Found] = field(default_factory=list)

    def add(self, sku_ids: Sequence[int], sold: Units, change: Units) -> None:
        """Count what is hidden (> 0) or released (< 0) of SKUs of which *sold* could be sold."""
        if not change.any():
            return
        self.hidden += int(change[change > 0].sum())
        self.released -= int(change[change < 0].sum())
        self.skus += int(np.count_nonzero(change.any(axis=1)))
        self.locations |= change.any(axis=0)
        rows, columns = np.nonzero(change)
        sizes = change[rows, columns]
        most = np.argsort(-np.abs(sizes), kind="stable")[:EXAMPLES]
        found = [
            (int(sizes[i]), sku_ids[rows[i]], int(columns[i]), int(sold[rows[i], columns[i]]))
            for i in most
        ]
        self.largest = nlargest(EXAMPLES, [*self.largest, *found], key=lambda item: abs(item[0]))


def preview(rule: StockRule, *, now: datetime) -> Preview:
    """Return what *rule* would change if it were saved, for each channel for which it does.

    A rule whose code exists is compared with the present one. A rule that is yet to start is looked
    at from its start on. The assortment is read chunk by chunk, so memory does not grow with it.
    Raises InvalidInputError for a rule that could not be saved.
    """
    network = snapshot()
    [rule], [problems] = good_rules([rule])
    if problems:
        raise InvalidInputError(problems)
    present = {stored.rule.code: stored.rule for stored in stored_rules()}
    versions = [rule, *(present[code] for code in [rule.code] if code in present)]
    moment = now if rule.starts_at is None else max(now, rule.starts_at)
    sides = _Sides(
        compiled(network, list(present.values()), moment),
        compiled(network, list({**present, rule.code: rule}.values()), moment),
    )
    tallies = {
        code: _Tally(np.zeros(len(network), np.bool_))
        for code in sorted(set().union(*(_concerned(item, network) for item in versions)))
    }
    for sku_ids in _chunks(versions, len(network)):
        available = available_units(sku_ids, len(network), network.index_of_id)
        fences = sides.before.fences(sku_ids)
        fenced = _fences_with(sides, versions, sku_ids, available, fences)
        for code, tally in tallies.items():
            sold, change = _change(sides, code, sku_ids, available, (fences, fenced))
            tally.add(sku_ids, sold, change)
    return Preview(as_of=moment, effects=tuple(_effects(tallies, network)))


def _concerned(rule: StockRule, network: NetworkSnapshot) -> set[str]:
    """Return the channels that a rule changes something for; a ring-fence, all the others."""
    if rule.kind is RuleKind.RING_FENCE or not rule.scope.channels:
        return set(network.channels)
    return {code for code in rule.scope.channels if code in network.channels}


def _chunks(versions: Sequence[StockRule], width: int) -> Iterator[list[int]]:
    """Yield the SKUs in the scope of any of *versions*, as many as take little memory."""
    ids = sorted({found for item in versions for found in sku_ids_in(sku_choice(item.scope))})
    size = max(1, CHUNK_CELLS // max(1, width))
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _fences_with(
    sides: _Sides,
    versions: Sequence[StockRule],
    sku_ids: Sequence[int],
    available: Units,
    fences: Fences,
) -> Fences:
    """Return what ring-fences would hold: newly granted where another rule would grant them."""
    owners = {item.scope.channels[0] for item in versions if item.kind is RuleKind.RING_FENCE}
    result = dict(fences)
    for owner in owners:
        was = granted(sides.before, owner, sku_ids, available)
        will_be = granted(sides.after, owner, sku_ids, available)
        present = fences.get(owner, np.zeros_like(available))
        same = _identities(sides.before)[was.numbers] == _identities(sides.after)[will_be.numbers]
        result[owner] = np.where(same, present, will_be.units)
    return result


def _identities(rules: Withholding) -> NDArray[np.object_]:
    """Return what each rule grants and by which name, by its number; the last stands for none."""
    names = [(item.rule.code, item.rule.units, item.rule.percent) for item in rules.book.rules]
    table = np.empty(len(names) + 1, np.object_)
    table[:-1] = [str(name) for name in names]
    table[-1] = ""
    return table


def _change(
    sides: _Sides,
    channel: str,
    sku_ids: Sequence[int],
    available: Units,
    fences: tuple[Fences, Fences],
) -> tuple[Units, Units]:
    """Return what could be sold and how much of it would be hidden; by the method most changed."""
    sold = change = np.zeros_like(available)
    for way in sides.ways:
        kept = [
            side.withheld_beside(channel, sku_ids, available, held, way)
            for side, held in zip(sides, fences, strict=True)
        ]
        before, after = (available if item is None else available - item for item in kept)
        found = before - after
        larger = np.abs(found) > np.abs(change)
        sold, change = np.where(larger, before, sold), np.where(larger, found, change)
    return sold, change


def _effects(tallies: Mapping[str, _Tally], network: NetworkSnapshot) -> Iterator[Effect]:
    codes = sku_profiles({found[1] for tally in tallies.values() for found in tally.largest})
    for channel, tally in tallies.items():
        if tally.skus:
            yield Effect(
                channel=channel,
                hidden=tally.hidden,
                released=tally.released,
                skus=tally.skus,
                locations=int(np.count_nonzero(tally.locations)),
                examples=tuple(
                    Example(
                        codes[sku_id].code, network.locations[location].code, sold, sold - change
                    )
                    for change, sku_id, location, sold in tally.largest
                ),
            )

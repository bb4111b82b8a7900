"""Why not more: every unit of a SKU at a location by what keeps it from a channel."""

from collections.abc import Iterator

import numpy as np

from chaland.availability.rules.reasons import buffer_of, rules_at
from chaland.availability.types import RuleKind, SaleMethod, Withheld
from chaland.availability.withholding import Fences, Withholding

CLOSING = (RuleKind.ACTIVATION, RuleKind.SWITCH)


class Explainer:
    """Explains, for one SKU and channel, what ``Withholding.withheld`` keeps back, unit by unit.

    *fences* has one row. Without a *method* the one that sells most counts, at each location.
    """

    def __init__(
        self,
        withholding: Withholding,
        sku_id: int,
        channel: str,
        method: SaleMethod | None,
        fences: Fences,
    ) -> None:
        self._withholding, self._channel, self._fences = withholding, channel, fences
        self._ways = withholding.ways(method)
        self._sort = int(withholding.sorts_of([sku_id])[0])
        self._deciding = {way: withholding.deciding(channel, way, self._sort) for way in self._ways}

    def withheld(self, location: int, available: int) -> tuple[Withheld, ...]:
        """Return what is kept of *available* units at a location (dense index), and why."""
        if not available:
            return ()
        found = [tuple(self._by_way(way, location, available)) for way in self._ways]
        return min(found, key=lambda parts: sum(part.units for part in parts))

    def _by_way(self, way: SaleMethod | None, location: int, available: int) -> Iterator[Withheld]:
        book = self._withholding.book
        here = rules_at(self._deciding[way], book.rules, location)
        closed = self._closed(location, available)
        if closed is not None:
            yield closed
            return
        for kind in CLOSING:
            if kind in here and book.closes(here[kind]):
                rule = book.rules[here[kind]].rule
                yield Withheld(kind, available, rule.code, rule.name)
                return
        rest = available
        for fence in self._fenced(location, available):
            rest -= fence.units
            yield fence
        buffer = buffer_of(here, book.rules, rest)
        if buffer is not None:
            yield buffer

    def _closed(self, location: int, available: int) -> Withheld | None:
        network, channel = self._withholding.network, self._channel
        if not network.active[location]:
            return Withheld("inactive", available)
        if not network.pool(network.channels[channel])[location]:
            return Withheld("not_in_pool", available)
        refused = network.withheld_by_owner.get(channel)
        if refused is not None and refused[location]:
            return Withheld("not_agreed", available)
        paused = self._withholding.paused
        return Withheld("paused", available) if paused is not None and paused[location] else None

    def _fenced(self, location: int, available: int) -> Iterator[Withheld]:
        """Yield what the ring-fences of other channels still hold of *available* units."""
        book = self._withholding.book
        for owner, units in sorted(self._fences.items()):
            held = min(available, int(np.asarray(units)[0, location]))
            if owner == self._channel or not held:
                continue
            available -= held
            deciding = self._withholding.deciding(owner, None, self._sort)
            number = rules_at(deciding, book.rules, location).get(RuleKind.RING_FENCE)
            rule = None if number is None else book.rules[number].rule
            yield Withheld(
                RuleKind.RING_FENCE,
                held,
                rule.code if rule else "",
                rule.name if rule else "",
                for_channel=owner,
            )

"""What ring-fences grant: how many units of each position are for one channel alone."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chaland.availability.rules.choosing import NOBODY
from chaland.availability.rules.keeping import Units
from chaland.availability.types import RuleKind
from chaland.availability.withholding import Withholding
from chaland.inventory.types import QuotaPlan

_ABSENT = -1


class Granted(NamedTuple):
    """What a channel is granted, rows by L, and the number of the rule that grants it."""

    units: Units
    numbers: NDArray[np.int16]


def granted(
    withholding: Withholding, channel: str, sku_ids: Sequence[int], available: Units
) -> Granted:
    """Return what ring-fences grant a channel of SKUs, percentages on what is *available*.

    Nothing where the location is not the channel's at all: nobody could sell it then.
    """
    numbers = np.full(available.shape, NOBODY, np.int16)
    sorts = withholding.sorts_of(sku_ids)
    closed = withholding.closed_to(channel)
    for sort in np.unique(sorts).tolist():
        deciding = withholding.deciding(channel, None, sort).get(RuleKind.RING_FENCE)
        if deciding is not None:
            open_to = deciding if closed is None else np.where(closed, NOBODY, deciding)
            numbers[sorts == sort] = open_to
    units = withholding.book.fenced(numbers, np.maximum(available, 0))
    return Granted(units, numbers)


def plan_of(withholding: Withholding, sku_ids: Sequence[int], available: Units) -> QuotaPlan:
    """Return the quotas that SKUs shall have where they ever were; *available* is -1 elsewhere."""
    network, rules = withholding.network, withholding.book.rules
    plan = QuotaPlan(skus=[], locations=[], channels=[], units=[], rules=[], shares=[])
    for channel in sorted(withholding.fenced_channels):
        found = granted(withholding, channel, sku_ids, available)
        rows, columns = np.nonzero((found.numbers != NOBODY) & (available != _ABSENT))
        numbers = found.numbers[rows, columns].tolist()
        plan.skus.extend(np.asarray(sku_ids, np.int64)[rows].tolist())
        plan.locations.extend(network.location_ids[columns].tolist())
        plan.channels.extend([network.channels[channel].id] * len(numbers))
        plan.units.extend(found.units[rows, columns].tolist())
        plan.rules.extend(rules[number].rule.code for number in numbers)
        plan.shares.extend(rules[number].rule.percent is not None for number in numbers)
    return plan

"""What to count next: where the record is probably wrong, and much hangs on it."""

import numpy as np

from chaland.accuracy.types import ListReason
from chaland.accuracy.types.chances import Evidence, Floats

HORIZON_DAYS = 14.0
"""How far ahead demand counts: about as long as a position waits for its next turn."""

LEAST_WANTED = 0.7
"""Units that somebody may want in that time of what did not sell lately."""

MISS_COST = 10.0
"""What a unit costs that was promised and is not there, besides its own cost: a parcel from
elsewhere, or a customer who got nothing. In the group's currency; stated, not measured."""

_LONG_DAYS = 30.0
_SILENT_UNITS = 3.0
_DOUBTFUL = 0.9
_A_LOT = 20.0
_SEEN_SELLING = 0.5


def values(chance: Floats, known: Evidence, unit_cost: Floats) -> Floats:
    """Return what it is worth to count each position, in money; nothing where nothing should be.

    The chance that a unit is not there × units wanted in two weeks × what a miss costs. The chance
    of being wrong, rather than its entropy: a shelf that is almost surely empty is worth a count,
    too, because the record then stops promising it and asks for a refill (simulated: the entropy
    needs two to four times as many counts).
    """
    wanted = known.rate * HORIZON_DAYS + LEAST_WANTED
    stake = wanted * (MISS_COST + np.nan_to_num(unit_cost))
    return np.where(known.quantity >= 1, (1 - chance) * stake, 0.0)


def reasons(chance: float, known: Evidence, place: int, value: float) -> tuple[ListReason, ...]:
    """Return why a position is on the list, the most telling first."""
    age, missed = float(known.age[place]), float(known.missed[place])
    a_week = float(known.rate[place]) * 7
    unsold = float(known.rate[place] * known.quiet[place])
    found = []
    if missed:
        found.append(ListReason("refused", missed))
    if unsold >= _SILENT_UNITS:
        found.append(ListReason("silent", round(unsold, 1)))
    if not known.counted[place]:
        found.append(ListReason("never_counted", round(age)))
    elif age >= _LONG_DAYS:
        found.append(ListReason("not_counted_for", round(age)))
    if a_week >= _SEEN_SELLING:
        found.append(ListReason("sells", round(a_week, 1)))
    if chance < _DOUBTFUL:
        found.append(ListReason("uncertain", round(chance, 3)))
    if value >= _A_LOT or not found:
        found.append(ListReason("value_at_risk", round(value, 2)))
    return tuple(found)

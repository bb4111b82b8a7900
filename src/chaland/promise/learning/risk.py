"""A retailer's risk, spread over parcels where it saves most days.

The retailer says which share of all parcels may be late. To promise each parcel at that same chance
is not the shortest way to keep it: where the last percents of certainty cost a week, that week is
better spent on parcels where they cost a day. Lateness gets one *price*, the days that one late
parcel is worth, and each parcel is promised for the day that minimises

    days until the promised day + price · chance to come after it,

so that at the margin a day buys the same certainty everywhere (the Lagrangian of: least mean days
at a given mean lateness). The price is the one at which parcels like the latest ones would be
late as often as the retailer allows.
"""

from dataclasses import dataclass

import numpy as np

from chaland.promise.learning.parcels import Floats, Ints

MOST_DAYS = 90
"""Days are promised up to so many after the beginning."""
_PRICES = np.geomspace(4.0, 4000.0, 60)


@dataclass(frozen=True, slots=True)
class Prices:
    """The mean chance to be late at each price, falling."""

    late: tuple[float, ...]

    @classmethod
    def seen(cls, lateness: Floats) -> "Prices":
        """Return the prices of parcels of which *lateness* says the chance, day by day (a row)."""
        rows = np.arange(len(lateness))
        return cls(
            tuple(float(lateness[rows, best_days(lateness, price)].mean()) for price in _PRICES)
        )

    def of(self, late: float) -> float:
        """Return the price at which the share *late* is late."""
        chances = np.log(np.maximum.accumulate(np.maximum(self.late[::-1], 1e-9)))
        return float(np.exp(np.interp(np.log(late), chances, np.log(_PRICES[::-1]))))


def best_days(lateness: Floats, price: float) -> Ints:
    """Return, for each row, the number of days after the beginning that costs least at *price*."""
    days: Ints = np.argmin(np.arange(lateness.shape[1]) + price * lateness, axis=1)
    return days


NO_PRICES = Prices(tuple(float(chance) for chance in 1 / (1 + _PRICES)))
"""Before parcels were seen: a price of so many days lets about one parcel in as many be late."""

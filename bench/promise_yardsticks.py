"""What Chaland's promise is held against: Olist's own, and a table of quantiles by lane."""

from collections.abc import Sequence

import numpy as np

from bench.promise_data import Order
from bench.promise_run import DAY, Judged, arrival, judged

QUANTILE = 0.9
FEWEST = 10


def by_olist(tested: Sequence[Order]) -> Judged | None:
    """Return how Olist's own promise did, on the orders that have one; None: none has."""
    told = [order for order in tested if order.promised_at is not None]
    if not told:
        return None
    return judged(told, [order.promised_at or 0 for order in told])


def by_lanes(taught: Sequence[Order], tested: Sequence[Order]) -> Judged | None:
    """Promise the 90 % quantile of the lane (state to state) as the train file has it.

    Of the train file what had been delivered before the first test order counts; a lane with fewer
    than ten orders takes the quantile of all. None: nothing to make a table of.
    """
    begins = tested[0].seen.ordered_at
    lanes: dict[tuple[str, str], list[float]] = {}
    for order in taught:
        if arrival(order) <= begins:
            lanes.setdefault(_lane(order), []).append(arrival(order) - order.seen.ordered_at)
    everything = [length for lengths in lanes.values() for length in lengths]
    if not everything:
        return None
    usual = float(np.quantile(everything, QUANTILE))
    table = {
        lane: float(np.quantile(lengths, QUANTILE))
        for lane, lengths in lanes.items()
        if len(lengths) >= FEWEST
    }
    promised = [order.seen.ordered_at + table.get(_lane(order), usual) for order in tested]
    return judged(tested, [moment // DAY * DAY for moment in promised])


def _lane(order: Order) -> tuple[str, str]:
    trip = order.seen.trip
    return (trip.origin or ("",))[0], (trip.destination or ("",))[0]

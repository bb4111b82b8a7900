"""Promises to orders one after the other, each from what had happened when it was placed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bench.promise_data import Order
from chaland.promise.learning import History, Model, Observation, Stage, learn

DAY = 86_400
SHARES = (0.8, 0.9, 0.95)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said of one order, in seconds of the wall clock.

    ``moments``: by when each of ``SHARES`` arrives; ``promised``: the day with the risk spread;
    ``equal``: the day that this order alone keeps with the allowed chance; ``point``: the moment
    to expect.
    """

    order: Order
    moments: tuple[float, ...]
    promised: float
    equal: float
    point: float


@dataclass(frozen=True, slots=True)
class Judged:
    """Promised days held against what happened."""

    late: float
    days: float


def run(taught: Sequence[Order], tested: Sequence[Order], *, late: float) -> list[Answer]:
    """Promise each of *tested* in turn; the model is learned anew when a day begins.

    The observations handed to ``learn`` hold outcomes that are still to come: it sees only what had
    happened by its moment, as ``tests/promise/test_learning.py`` proves.
    """
    told = [order.seen for order in taught]
    answers: list[Answer] = []
    model, learned_at = Model(0, {}), -1
    for order in tested:
        morning = order.seen.ordered_at // DAY * DAY
        if morning > learned_at:
            learned_at = morning
            model = learn(History.of(told), as_of=morning, stages=(Stage.TOTAL,))
        answer, noted = _answered(model, order, late)
        answers.append(answer)
        told.append(noted)
    return answers


def _answered(model: Model, order: Order, late: float) -> tuple[Answer, Observation]:
    seen = order.seen
    forecast = model.forecasts(Stage.TOTAL, [seen.trip], [seen.ordered_at])
    note = forecast.notes(late)[0]
    answer = Answer(
        order,
        tuple(float(forecast.moments(share)[0]) for share in SHARES),
        float(note.promised or 0),
        float(forecast.moments(1 - late)[0]),
        float(forecast.points()[0]),
    )
    return answer, replace(seen, notes=((Stage.TOTAL, note),))


def judged(orders: Sequence[Order], promised: Sequence[float]) -> Judged:
    """Hold the calendar days of *promised* moments against the days of delivery."""
    told = np.array(promised) // DAY
    ordered = np.array([order.seen.ordered_at for order in orders]) // DAY
    delivered = np.array([arrival(order) for order in orders]) // DAY
    return Judged(float((delivered > told).mean()), float((told - ordered).mean()))


def coverage(answers: Sequence[Answer], share: float) -> float:
    """Return the share of orders that arrived by the moment stated for *share*."""
    place = SHARES.index(share)
    return float(np.mean([arrival(each.order) <= each.moments[place] for each in answers]))


def error(answers: Sequence[Answer]) -> float:
    """Return the mean absolute error of the point forecast, in days."""
    return float(np.mean([abs(each.point - arrival(each.order)) for each in answers])) / DAY


def arrival(order: Order) -> int:
    """Return when *order* was delivered; only delivered ones are loaded."""
    arrived = order.seen.delivered_at
    if arrived is None:
        raise ValueError(f"{order.number} has no delivery to be judged by.")
    return arrived

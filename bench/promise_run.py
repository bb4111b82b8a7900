"""Promises to orders one after the other, each from what had happened when it was placed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bench.promise_data import Order
from chaland.promise.learning import History, Model, Observation, Stage, learn

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said of one order: by when each share arrives, the day promised, the point."""

    order: Order
    moments: tuple[float, ...]
    promised: float
    point: float


def run(
    taught: Sequence[Order], tested: Sequence[Order], shares: Sequence[float], promise: float
) -> list[Answer]:
    """Promise each of *tested* in turn; the model is learned anew when a day begins.

    The history handed to ``learn`` holds the outcomes of every order placed so far, those to come
    too: it sees only what had happened by its moment, as tests/promise prove.
    """
    told = [order.seen for order in taught]
    answers: list[Answer] = []
    model, learned_at = None, 0
    for order in tested:
        now = order.seen.ordered_at
        if model is None or now // DAY * DAY > learned_at:
            learned_at = now // DAY * DAY
            model = learn(History.of(told), as_of=learned_at, stages=(Stage.TOTAL,))
        answer, noted = _answered(model, order, shares, promise)
        answers.append(answer)
        told.append(noted)
    return answers


def _answered(
    model: Model, order: Order, shares: Sequence[float], promise: float
) -> tuple[Answer, Observation]:
    seen = order.seen
    forecast = model.forecasts(Stage.TOTAL, [seen.trip], [seen.ordered_at])
    moments = tuple(float(forecast.moments(share)[0]) for share in shares)
    answer = Answer(
        order, moments, float(forecast.moments(promise)[0]), float(forecast.points()[0])
    )
    return answer, replace(seen, notes=((Stage.TOTAL, forecast.notes()[0]),))


def coverage(answers: Sequence[Answer], place: int) -> float:
    """Return the share of orders that arrived by the moment stated for one share."""
    return float(np.mean([_arrived(answer) <= answer.moments[place] for answer in answers]))


def late(answers: Sequence[Answer]) -> float:
    """Return the share delivered on a calendar day after the promised one."""
    return float(np.mean([_arrived(each) // DAY > each.promised // DAY for each in answers]))


def days(answers: Sequence[Answer]) -> float:
    """Return the mean of the promised day minus the day of the purchase."""
    lengths = [each.promised // DAY - each.order.seen.ordered_at // DAY for each in answers]
    return float(np.mean(lengths))


def error(answers: Sequence[Answer]) -> float:
    """Return the mean absolute error of the point forecast, in days."""
    return float(np.mean([abs(each.point - _arrived(each)) for each in answers])) / DAY


def _arrived(answer: Answer) -> float:
    arrived = answer.order.seen.delivered_at
    if arrived is None:
        raise ValueError(f"{answer.order.number} has no delivery to be judged by.")
    return float(arrived)

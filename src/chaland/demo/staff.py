"""Invented staff, carriers and customers: what happens next to a fulfilment order, and when."""

from dataclasses import dataclass
from random import Random
from typing import Literal

Action = Literal[
    "accept", "refuse", "pick", "pack", "ready", "ship", "deliver", "collect", "cancel"
]
SiteType = Literal["warehouse", "store", "supplier", "merchant"]

_MINUTES: dict[str, dict[str, float]] = {
    "accept": {"warehouse": 5, "store": 18, "supplier": 90, "merchant": 25},
    "pick": {"warehouse": 8, "store": 14, "supplier": 60, "merchant": 10},
    "pack": {"warehouse": 4, "store": 8, "supplier": 30, "merchant": 8},
    "ready": {"warehouse": 4, "store": 4, "supplier": 10, "merchant": 5},
    "ship": {"warehouse": 70, "store": 110, "supplier": 240, "merchant": 90},
}
"""The median minutes that each task waits for and takes, by kind of site."""

_REFUSALS = {"warehouse": 0.006, "store": 0.035, "supplier": 0.03, "merchant": 0.04}
_NOT_ON_THE_SHELF = {"warehouse": 0.004, "store": 0.03, "supplier": 0.01, "merchant": 0.015}
_TRANSIT_HOURS = {
    "home-standard": 44,
    "home-express": 19,
    "relay-point": 58,
    "bulky": 110,
    "bike-annecy": 4,
}
_LATE_PARCELS = 0.06
_LATE_FACTOR = 2.6
_FORGOTTEN_PICKUPS = 0.04
_HOURS_UNTIL_COLLECTED = 15.0
_HOURS_UNTIL_GIVEN_UP = 10 * 24.0
_SPREAD = 0.55


@dataclass(frozen=True, slots=True)
class Work:
    """A fulfilment order as its site sees it."""

    id: str
    state: str
    method: Literal["ship", "pickup"]
    service: str | None
    site: SiteType


@dataclass(frozen=True, slots=True)
class NextStep:
    """What will be done after *minutes*; ``at_work`` says that only opening hours count."""

    action: Action
    minutes: float
    at_work: bool = True
    reason: str = ""


def next_step(work: Work, random: Random) -> NextStep | None:
    """Return what happens next to *work*, or None when nobody has anything to do with it."""
    match work.state:
        case "released":
            return _answer(work, random)
        case "accepted":
            return _search(work, random)
        case "picked" | "packed":
            return _preparation(work, random)
        case "shipped":
            return _delivery(work, random)
        case "ready":
            return _collection(random)
        case _:
            return None


def _search(work: Work, random: Random) -> NextStep:
    if random.random() < _NOT_ON_THE_SHELF[work.site]:
        return NextStep("refuse", _minutes("pick", work, random), reason="not_found")
    return NextStep("pick", _minutes("pick", work, random))


def _preparation(work: Work, random: Random) -> NextStep:
    action: Action = "ready"
    if work.method == "ship":
        action = "pack" if work.state == "picked" else "ship"
    return NextStep(action, _minutes(action, work, random))


def _answer(work: Work, random: Random) -> NextStep:
    if random.random() < _REFUSALS[work.site]:
        reason = random.choices(["not_found", "damaged", "no_capacity"], [5, 2, 3])[0]
        return NextStep("refuse", _minutes("accept", work, random), reason=reason)
    return NextStep("accept", _minutes("accept", work, random))


def _delivery(work: Work, random: Random) -> NextStep:
    hours = _TRANSIT_HOURS.get(work.service or "", _TRANSIT_HOURS["home-standard"])
    late = _LATE_FACTOR if random.random() < _LATE_PARCELS else 1.0
    return NextStep("deliver", hours * 60 * late * random.uniform(0.75, 1.15), at_work=False)


def _collection(random: Random) -> NextStep:
    if random.random() < _FORGOTTEN_PICKUPS:
        return NextStep("cancel", _HOURS_UNTIL_GIVEN_UP * 60, at_work=False, reason="not_collected")
    return NextStep("collect", _HOURS_UNTIL_COLLECTED * 60 * random.lognormvariate(0, _SPREAD))


def _minutes(action: str, work: Work, random: Random) -> float:
    return _MINUTES[action][work.site] * random.lognormvariate(0, _SPREAD)

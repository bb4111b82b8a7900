"""The chance that a unit which the record holds can be picked: features, prediction, explanation.

A hierarchical logistic model. Its strongest feature is structural: losses arrive at a position at a
hazard of its location and category (shrunken rates, ``learning.hazards``), so the chance that
something is left of *q* units after *t* days is that of fewer than *q* arrivals of a Poisson
process. What that cannot know (a picker who found nothing, a seller that has fallen silent) are
plain features with weights; each location and category has an effect of its own, shrunken towards
none. Every weight has a prior, so that the model is sensible before anything was learned.
"""

import numpy as np

from chaland.accuracy.types.chances import Evidence, Fact, Floats, Model

FEATURES = (
    "base",
    "prior",
    "survival",
    "fresh_count",
    "never_counted",
    "age",
    "quantity",
    "sold",
    "sales_rate",
    "silence",
    "long_silence",
    "missed",
    "missed_long_ago",
    "missed_often",
    "received_after_miss",
    "found_after_miss",
    "found",
)
"""The columns of ``features``, in order."""

PRIOR_WEIGHTS = np.array(
    [0.0, 1.0, 0.0, 1.5, 0.0, 0.0, 0.0, 0.0, 0.0, -0.2, -0.3, -4.0, 0.3, -0.5, 2.0, 0.0, 0.3]
)
"""What is believed before anything was learned, in log odds: a missed unit makes the others
unlikely, what was received or found since then makes up for most of it, a recent count lifts."""

PRIOR_SPREAD = np.array(
    [1.0, 0.5, 1.0, 1.0, 1.0, 0.5, 1.0, 0.5, 0.5, 0.5, 0.5, 1.5, 0.5, 1.0, 1.5, 1.0, 0.5]
)
"""How far (one standard deviation) weak evidence takes each weight from there."""

DEFAULT_HAZARD = 0.004
"""Losses a position and day before any were counted: one and a half a year."""

FRESH_DAYS = 30.0
MOST_LOG_ODDS = 7.0
_MOST_UNITS = 20
_MOST_UNSOLD = 8.0
_HIGHEST, _LOWEST = 0.999, 0.002


def untaught(locations: int, categories: int) -> Model:
    """Return the model of a retailer of whom nothing was learned yet."""
    return Model(
        weights=PRIOR_WEIGHTS,
        location_effect=np.zeros(locations),
        category_effect=np.zeros(categories),
        hazard=DEFAULT_HAZARD,
        location_hazard=np.ones(locations),
        category_hazard=np.ones(categories),
        slope=1.0,
        intercept=0.0,
        depth=0.97,
    )


def chances(model: Model, known: Evidence) -> Floats:
    """Return the chance that one unit of each position can be picked; 0.002 to 0.999."""
    odds = model.intercept + model.slope * raw_log_odds(model, known)
    return np.clip(sigmoid(odds), _LOWEST, _HIGHEST)


def raw_log_odds(model: Model, known: Evidence) -> Floats:
    """Return the log odds before they are calibrated."""
    return np.asarray(
        features(model, known) @ model.weights
        + model.location_effect[known.location]
        + model.category_effect[known.category],
        np.float64,
    )


def features(model: Model, known: Evidence) -> Floats:
    """Return a row of numbers for each position; ``FEATURES`` names the columns."""
    missed = ((known.missed > 0) & (known.found_after == 0)).astype(np.float64)
    unsold = known.rate * known.quiet
    return np.stack(
        [
            np.ones(len(known)),
            log_odds(known.prior),
            survival(model, known),
            np.where(known.counted, np.exp(-known.age / FRESH_DAYS), 0.0),
            (~known.counted).astype(np.float64),
            np.log1p(known.age) - 3.0,
            np.log(np.clip(known.quantity, 1, 1000)),
            np.log1p(known.sold),
            np.log1p(known.rate * 7),
            np.log1p(unsold),
            np.clip(unsold - 1, 0, _MOST_UNSOLD),
            missed,
            missed * np.log1p(known.missed_age),
            np.log1p(np.maximum(known.missed - 1, 0)),
            missed * (known.received_after > 0),
            ((known.missed > 0) & (known.found_after > 0)).astype(np.float64),
            np.log1p(known.found),
        ],
        axis=1,
    )


def survival(model: Model, known: Evidence) -> Floats:
    """Return the log odds that losses have left something: P(N < q), N ~ Poisson(hazard · age)."""
    hazard = (
        model.hazard * model.location_hazard[known.location] * model.category_hazard[known.category]
    )
    mean = np.maximum(hazard * known.age, 1e-9)
    quantity = np.clip(known.quantity, 1, _MOST_UNITS)
    term = np.exp(-mean)
    fewer = np.zeros(len(known))
    for arrivals in range(int(quantity.max(initial=1))):
        fewer += np.where(arrivals < quantity, term, 0.0)
        term = term * mean / (arrivals + 1)
    return log_odds(fewer)


def expected_units(model: Model, chance: Floats, units: Floats) -> Floats:
    """Return how many of *units* can be expected to be there: ∑ₖ chance · depthᵏ⁻¹, k ≤ units."""
    if model.depth >= 1:
        return np.asarray(chance * units, np.float64)
    whole = (1 - model.depth ** np.maximum(units, 0)) / (1 - model.depth)
    return np.asarray(chance * whole, np.float64)


def facts(model: Model, known: Evidence) -> tuple[Fact, ...]:
    """Return what raises and lowers the chance of a single position, the strongest first.

    Points are how much the chance would change if the fact were that of a shelf of which nothing is
    known; they need not add up.
    """
    row = features(model, known)[0]
    neutral = features(model, _neutral(known))[0]
    odds = float(raw_log_odds(model, known)[0])
    chance = _calibrated(model, odds)
    found = [
        Fact(name, float(row[column]), chance - _calibrated(model, odds - shift))
        for column, name in enumerate(FEATURES)
        if (shift := float(model.weights[column] * (row[column] - neutral[column])))
    ]
    for name, effect in (
        ("location", float(model.location_effect[known.location[0]])),
        ("category", float(model.category_effect[known.category[0]])),
    ):
        if effect:
            found.append(Fact(name, effect, chance - _calibrated(model, odds - effect)))
    return tuple(sorted(found, key=lambda fact: -abs(fact.points)))


def _neutral(known: Evidence) -> Evidence:
    """Return a shelf at the same place with one unit, just stocked, never counted."""
    nothing = np.zeros(1)
    return Evidence(
        location=known.location,
        category=known.category,
        prior=known.prior,
        quantity=np.ones(1),
        counted=np.zeros(1, np.bool_),
        age=np.full(1, FRESH_DAYS),
        sold=nothing,
        received=nothing,
        missed=nothing,
        missed_age=nothing,
        found=nothing,
        found_after=nothing,
        received_after=nothing,
        rate=nothing,
        quiet=nothing,
    )


def _calibrated(model: Model, odds: float) -> float:
    return float(
        np.clip(sigmoid(np.array(model.intercept + model.slope * odds)), _LOWEST, _HIGHEST)
    )


def sigmoid(odds: Floats) -> Floats:
    """Return probabilities of log odds."""
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -30, 30))), np.float64)


def log_odds(chance: Floats) -> Floats:
    """Return log odds of probabilities, kept within ±7."""
    inside = np.clip(chance, 1e-6, 1 - 1e-6)
    return np.clip(np.log(inside / (1 - inside)), -MOST_LOG_ODDS, MOST_LOG_ODDS)

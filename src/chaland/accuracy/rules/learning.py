"""Learning from what happened: hazards from counts, weights from looks, calibration at last.

Small data is the rule here (a shop sees a few picks a day), so everything is shrunken: hazards of
locations and categories by gamma–Poisson (empirical Bayes), weights and effects by Gaussian priors
(the maximum of the posterior, by Newton's method and coordinate ascent; the objective is concave),
the calibration (Platt 1999) towards none at all. Two numbers calibrate with a hundred outcomes,
where isotonic regression would follow the noise. No seed, no step size: the same data gives the
same model.
"""

from dataclasses import replace

import numpy as np

from chaland.accuracy.rules.chances import (
    DEFAULT_HAZARD,
    PRIOR_SPREAD,
    PRIOR_WEIGHTS,
    chances,
    features,
    raw_log_odds,
    sigmoid,
    untaught,
)
from chaland.accuracy.types.chances import (
    Calibration,
    CalibrationRow,
    Evidence,
    Floats,
    Ints,
    Mask,
    Model,
    Outcomes,
)

CALIBRATION_SHARE = 0.2
"""The last part of the time is kept for calibration, and before that for the published table."""

FEWEST_OUTCOMES = 50
"""Below this nothing is learned: the priors stand."""

EFFECT_SPREAD = 0.5
COUNT_WEIGHT = 0.5
"""A count tells less about picks than a pick does: who counts looks longer."""

_SWEEPS = 12
_PSEUDO_LOSSES = 5.0
_PLATT_SPREAD = 0.5


def learn(outcomes: Outcomes, *, locations: int, categories: int) -> Model:
    """Return the model of the earlier part of *outcomes*, calibrated on the later part.

    Locations and categories are numbered below these counts. With too few outcomes it is untaught.
    """
    if len(outcomes) < FEWEST_OUTCOMES:
        return untaught(locations, categories)
    earlier, later = split_by_time(outcomes, CALIBRATION_SHARE)
    model = hazards(untaught(locations, categories), earlier)
    return _with_depth(calibrated(fitted(model, earlier), later), later)


def split_by_time(outcomes: Outcomes, share: float) -> tuple[Outcomes, Outcomes]:
    """Return what came before and in the last *share* of the outcomes, by time."""
    border = np.quantile(outcomes.at, 1 - share)
    later = outcomes.at > border
    return outcomes.where(~later), outcomes.where(later)


def hazards(model: Model, outcomes: Outcomes) -> Model:
    """Return *model* with losses a position and day, by location and category, from counts.

    Losses of a group over those expected, both with five pseudo-losses added (gamma–Poisson), in
    turn for locations and categories until neither moves much.
    """
    known = outcomes.evidence
    counts = ~outcomes.picked & (known.age > 0)
    lost = np.maximum(outcomes.said - outcomes.seen, 0.0)[counts]
    days = known.age[counts]
    place, kind = known.location[counts], known.category[counts]
    pseudo_days = _PSEUDO_LOSSES / DEFAULT_HAZARD
    hazard = float((lost.sum() + _PSEUDO_LOSSES) / (days.sum() + pseudo_days))
    by_place, by_kind = np.ones(len(model.location_hazard)), np.ones(len(model.category_hazard))
    for _ in range(4):
        by_place = _ratio(place, lost, hazard * days * by_kind[kind], len(by_place))
        by_kind = _ratio(kind, lost, hazard * days * by_place[place], len(by_kind))
    return replace(model, hazard=hazard, location_hazard=by_place, category_hazard=by_kind)


def _ratio(group: Ints, lost: Floats, expected: Floats, groups: int) -> Floats:
    return np.asarray(
        (np.bincount(group, lost, groups) + _PSEUDO_LOSSES)
        / (np.bincount(group, expected, groups) + _PSEUDO_LOSSES),
        np.float64,
    )


def fitted(model: Model, outcomes: Outcomes) -> Model:
    """Return *model* with the weights and effects that are most likely after *outcomes*."""
    known, there = outcomes.evidence, outcomes.there
    matrix = features(model, known)
    trust = np.where(outcomes.picked, 1.0, COUNT_WEIGHT)
    weights = model.weights.copy()
    of_place, of_kind = model.location_effect.copy(), model.category_effect.copy()
    for _ in range(_SWEEPS):
        others = of_place[known.location] + of_kind[known.category]
        weights = _newton_step(matrix, there, trust, weights, others)
        fixed = matrix @ weights
        of_place = _effects(known.location, there, trust, fixed + of_kind[known.category], of_place)
        of_kind = _effects(known.category, there, trust, fixed + of_place[known.location], of_kind)
    return replace(model, weights=weights, location_effect=of_place, category_effect=of_kind)


def _newton_step(
    matrix: Floats, there: Floats, trust: Floats, weights: Floats, offset: Floats
) -> Floats:
    """Return weights after one step towards the maximum of the posterior."""
    precision = 1 / PRIOR_SPREAD**2
    chance = sigmoid(matrix @ weights + offset)
    slope = matrix.T @ (trust * (there - chance)) - precision * (weights - PRIOR_WEIGHTS)
    curve = matrix.T @ (matrix * (trust * chance * (1 - chance))[:, None]) + np.diag(precision)
    step = np.linalg.solve(curve, slope)
    return np.asarray(weights + np.clip(step, -2.0, 2.0), np.float64)


def _effects(group: Ints, there: Floats, trust: Floats, offset: Floats, effect: Floats) -> Floats:
    """Return each group's effect after one step towards the maximum of the posterior."""
    precision = 1 / EFFECT_SPREAD**2
    chance = sigmoid(offset + effect[group])
    slope = np.bincount(group, trust * (there - chance), len(effect)) - precision * effect
    curve = np.bincount(group, trust * chance * (1 - chance), len(effect)) + precision
    return np.asarray(effect + np.clip(slope / curve, -1.0, 1.0), np.float64)


def calibrated(model: Model, outcomes: Outcomes) -> Model:
    """Return *model* with log odds corrected by slope and intercept on later *outcomes*.

    Picks alone say what is asked; where they are too few, counts join them.
    """
    enough = int(outcomes.picked.sum()) >= FEWEST_OUTCOMES
    chosen = outcomes.where(outcomes.picked) if enough else outcomes
    odds = raw_log_odds(model, chosen.evidence)
    matrix = np.stack([np.ones(len(odds)), odds], axis=1)
    precision = 1 / _PLATT_SPREAD**2
    line = np.array([0.0, 1.0])
    for _ in range(_SWEEPS):
        chance = sigmoid(matrix @ line)
        slope = matrix.T @ (chosen.there - chance) - precision * (line - [0.0, 1.0])
        curve = matrix.T @ (matrix * (chance * (1 - chance))[:, None]) + precision * np.eye(2)
        line = line + np.clip(np.linalg.solve(curve, slope), -0.5, 0.5)
    return replace(model, intercept=float(line[0]), slope=float(max(line[1], 0.05)))


def _with_depth(model: Model, outcomes: Outcomes) -> Model:
    """Return *model* with the depth at which expected units equal those that counts found."""
    counts = outcomes.where(~outcomes.picked)
    if len(counts) < FEWEST_OUTCOMES:
        return model
    chance = chances(model, counts.evidence)
    seen = float(np.minimum(counts.seen, counts.said).sum())
    low, high = 0.5, 0.99999
    for _ in range(40):
        depth = (low + high) / 2
        expected = float((chance * (1 - depth**counts.said) / (1 - depth)).sum())
        low, high = (low, depth) if expected > seen else (depth, high)
    return replace(model, depth=(low + high) / 2)


def calibration(chance: Floats, there: Floats, base: Floats, *, deciles: int = 10) -> Calibration:
    """Compare predicted chances with what happened; *base* is the naive prediction beside it."""
    order = np.argsort(chance, kind="stable")
    rows = tuple(
        CalibrationRow(
            lowest=float(chance[part].min()),
            highest=float(chance[part].max()),
            predicted=float(chance[part].mean()),
            observed=float(there[part].mean()),
            outcomes=len(part),
        )
        for part in np.array_split(order, deciles)
        if len(part)
    )
    gaps = np.array([abs(row.predicted - row.observed) for row in rows])
    sizes = np.array([row.outcomes for row in rows], np.float64)
    large = gaps[sizes >= _ENOUGH]
    return Calibration(
        rows=rows,
        outcomes=len(there),
        brier=_brier(chance, there),
        log_loss=_log_loss(chance, there),
        base_brier=_brier(base, there),
        base_log_loss=_log_loss(base, there),
        error=float((gaps * sizes).sum() / max(sizes.sum(), 1.0)),
        worst=float(large.max(initial=0.0)),
    )


_ENOUGH = 100


def base_rates(outcomes: Outcomes, known: Evidence, locations: int) -> Floats:
    """Return the naive prediction: each location's own rate so far (of picks, where there are).

    With two pseudo-outcomes at the rate of all, so that a location without any has one too.
    """
    picks: Mask = outcomes.picked if outcomes.picked.any() else np.ones(len(outcomes), np.bool_)
    place, there = outcomes.evidence.location[picks], outcomes.there[picks]
    overall = float(there.mean()) if len(there) else 0.9
    total = np.bincount(place, minlength=locations)
    good = np.bincount(place, there, locations)
    rate = (good + 2 * overall) / (total + 2)
    return np.asarray(rate[known.location], np.float64)


def _brier(chance: Floats, there: Floats) -> float:
    return float(((chance - there) ** 2).mean()) if len(there) else 0.0


def _log_loss(chance: Floats, there: Floats) -> float:
    inside = np.clip(chance, 1e-6, 1 - 1e-6)
    losses = -(there * np.log(inside) + (1 - there) * np.log(1 - inside))
    return float(losses.mean()) if len(there) else 0.0


def proven(outcomes: Outcomes, *, locations: int, categories: int) -> Calibration | None:
    """Return how a model of all but the last part predicts the last part; None without enough.

    This is the procedure that made the model in use, one part of the time earlier: the table is of
    outcomes that it could not know.
    """
    earlier, later = split_by_time(outcomes, CALIBRATION_SHARE)
    tested = later.where(later.picked) if later.picked.sum() >= FEWEST_OUTCOMES else later
    if len(earlier) < FEWEST_OUTCOMES or len(tested) < FEWEST_OUTCOMES:
        return None
    model = learn(earlier, locations=locations, categories=categories)
    return calibration(
        chances(model, tested.evidence),
        tested.there,
        base_rates(earlier, tested.evidence, locations),
    )

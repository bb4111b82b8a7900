"""Chances on shelves whose truth is known: calibrated, better than the naive rate, and of use."""

import functools
from dataclasses import replace

import numpy as np
import pytest

from bench.pickable_trial import TAUGHT_DAYS, by_chance, looks_of, proof, taught, trials
from bench.pickable_world import CATEGORIES, PRIOR, Size, World
from chaland.accuracy.rules.chances import chances, expected_units, features, log_odds, untaught
from chaland.accuracy.rules.evidence import evidence_before
from chaland.accuracy.rules.learning import (
    base_rates,
    calibrated,
    calibration,
    fitted,
    hazards,
    learn,
    proven,
)
from chaland.accuracy.types.chances import Calibration, Evidence, Role

SIZE = Size(shops=100, articles=2000, shelves_per_shop=200)
CLOSE = 0.03


def assert_good(found: Calibration) -> None:
    """Check that every decile comes true within three points, and that the naive rate is beaten."""
    assert found.outcomes >= 5000
    gaps = [abs(row.predicted - row.observed) for row in found.rows if row.outcomes >= 300]
    assert len(gaps) == 10
    assert max(gaps) <= CLOSE, gaps
    assert found.brier < 0.9 * found.base_brier
    assert found.log_loss < 0.9 * found.base_log_loss


@functools.cache
def _world() -> World:
    world = World(SIZE, seed=11)
    world.run(0, 182, by_chance)
    return world


def test_chances_of_weeks_that_were_never_seen_come_true() -> None:
    found = proof(World(SIZE, seed=5))
    assert_good(found.calibration)
    assert found.units_expected / found.units_seen == pytest.approx(1, abs=0.05)


def test_the_proof_can_fail() -> None:
    looks = looks_of(_world())
    early = looks.where(looks.at < TAUGHT_DAYS)
    late = looks.where((looks.at >= TAUGHT_DAYS) & looks.picked)
    model = learn(early, locations=SIZE.shops, categories=CATEGORIES)
    base = base_rates(early, late.evidence, SIZE.shops)
    assert_good(calibration(chances(model, late.evidence), late.there, base))
    shuffled = late.evidence.where(np.random.default_rng(1).permutation(len(late)))
    for spoiled in (
        chances(replace(model, intercept=model.intercept + 1), late.evidence),
        chances(replace(model, slope=0.3), late.evidence),
        chances(model, shuffled),
        base,
    ):
        with pytest.raises(AssertionError):
            assert_good(calibration(spoiled, late.there, base))


def test_the_table_that_is_published_is_of_looks_that_the_model_could_not_know() -> None:
    looks = looks_of(_world())
    found = proven(looks, locations=SIZE.shops, categories=CATEGORIES)
    assert found is not None
    assert found.outcomes < 0.25 * looks.picked.sum()
    assert found.worst <= CLOSE
    few = looks.where(np.arange(len(looks)) < 60)
    assert proven(few, locations=SIZE.shops, categories=CATEGORIES) is None


def test_with_little_data_the_priors_hold() -> None:
    looks = looks_of(_world())
    few = looks.where(np.arange(len(looks)) % (len(looks) // 40) == 0)
    model = learn(few, locations=SIZE.shops, categories=CATEGORIES)
    blank = untaught(SIZE.shops, CATEGORIES)
    assert np.array_equal(model.weights, blank.weights)
    some = looks.where(np.arange(len(looks)) % (len(looks) // 300) == 0)
    late = looks.where((looks.at >= TAUGHT_DAYS) & looks.picked)
    learned = learn(some, locations=SIZE.shops, categories=CATEGORIES)
    found = calibration(
        chances(learned, late.evidence), late.there, base_rates(some, late.evidence, SIZE.shops)
    )
    assert found.brier < found.base_brier
    assert found.worst < 0.15


def test_the_same_data_gives_the_same_model() -> None:
    looks = looks_of(_world())
    some = looks.where(looks.at > 120)
    first, second = (learn(some, locations=SIZE.shops, categories=CATEGORIES) for _ in range(2))
    assert np.array_equal(first.weights, second.weights)
    assert first.slope == second.slope


def test_a_directed_list_needs_fewer_counts_than_abc_and_chance() -> None:
    world = World(Size(shops=40, articles=2000, shelves_per_shop=200), seed=7)
    world.run(0, TAUGHT_DAYS, by_chance)
    ways = trials(world, taught(world, looks_of(world)), first_day=TAUGHT_DAYS, weeks=4, a_day=3)
    reached = {way.name: way.counts_to_reach(0.94) for way in ways}
    assert reached["directed"] < 0.7 * reached["abc"]
    assert reached["directed"] < 0.7 * reached["random"]


def test_what_is_known_before_a_look_is_what_was_known_at_that_moment() -> None:
    """The ledger read backwards, and a shop that keeps notes as it goes, say the same."""
    world = World(Size(shops=5, articles=200, shelves_per_shop=50), seed=3)
    world.run(0, 100, by_chance)
    noted = world.evidence(100.5)
    world.count(np.arange(len(world)), 100.5)
    lines = world.lines()
    told = evidence_before(
        lines,
        location=world.shop,
        category=world.category,
        prior=np.full(len(world), PRIOR),
    ).where((lines.role == Role.COUNT) & (lines.at == 100.5))
    for name in Evidence.__slots__:
        assert np.allclose(getattr(told, name), getattr(noted, name), atol=1e-6), name


def test_facts_move_chances_the_way_they_should() -> None:
    model = untaught(1, 1)
    plain = _shelf()
    assert chances(model, plain)[0] == pytest.approx(PRIOR, abs=0.001)
    worse = [_shelf(missed=1.0), _shelf(rate=1.0, quiet=20.0), _shelf(prior=0.5)]
    better = [_shelf(counted=True, age=1.0), _shelf(found=3.0), _shelf(prior=0.995)]
    assert all(chances(model, shelf)[0] < PRIOR for shelf in worse)
    assert all(chances(model, shelf)[0] > PRIOR for shelf in better)
    refilled = _shelf(missed=1.0, received_after=5.0)
    assert chances(model, worse[0])[0] < chances(model, refilled)[0] < PRIOR
    assert np.isfinite(features(model, _shelf(quantity=0.0, age=0.0))).all()


def test_hazards_are_shrunken_towards_each_other() -> None:
    looks = looks_of(_world())
    model = hazards(untaught(SIZE.shops, CATEGORIES), looks)
    few = looks.where(looks.evidence.location > 0)
    alone = hazards(untaught(SIZE.shops, CATEGORIES), few)
    assert alone.location_hazard[0] == pytest.approx(1.0)
    assert model.hazard > 0
    assert 0.2 < model.location_hazard.min() < 1 < model.location_hazard.max() < 8
    both = calibrated(fitted(model, looks), looks)
    assert 0.5 < both.slope < 1.5


def test_expected_units_add_up() -> None:
    model = replace(untaught(1, 1), depth=0.9)
    units = np.array([0.0, 1.0, 2.0, 50.0])
    found = expected_units(model, np.full(4, 0.8), units)
    assert found == pytest.approx([0, 0.8, 0.8 * 1.9, 0.8 * (1 - 0.9**50) / 0.1])
    assert log_odds(np.array([0.5]))[0] == 0


def _shelf(**changes: float) -> Evidence:
    """Return one shelf of which nothing is known, but for *changes*."""
    known = {"prior": PRIOR, "quantity": 1.0, "age": 30.0, **changes}
    counted = np.array([bool(known.pop("counted", False))])
    columns = {
        name: np.array([known.get(name, 0.0)])
        for name in Evidence.__slots__
        if name not in ("location", "category", "counted")
    }
    place = np.zeros(1, np.int64)
    return Evidence(location=place, category=place, counted=counted, **columns)

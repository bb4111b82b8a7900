"""Learned promises: nothing from the future, stated times without a history, true under drift."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chaland.promise.learning import (
    FEWEST_PARCELS,
    SHARES,
    History,
    Model,
    Note,
    Observation,
    Stage,
    Trip,
    day_of,
    learn,
)
from chaland.promise.learning.corrections import Correction

DAY = 86_400
START = 18_000 * DAY  # 2019-04-14


def trip(site: str = "lyon", **changes: object) -> Trip:
    """Return an ordinary trip, stated to take two days and three more."""
    plain = Trip(
        site=site,
        carrier="post",
        origin=("FR-69",),
        destination=("FR-33", "33000"),
        country="FR",
        distance_km=430.0,
        weight_grams=900.0,
        stated_handling_days=2.0,
        stated_transit_days=3.0,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def parcels(
    count: int, seed: int, *, over_days: float = 120, pace: float = 1.0
) -> list[Observation]:
    """Return parcels whose handling and transit are log-normal; `pace` is the drift over all."""
    chance = np.random.default_rng(seed)
    ordered = np.sort(chance.uniform(0, over_days, count))
    found = []
    for place, day in enumerate(ordered):
        speed = pace ** (day / over_days)
        handling = chance.lognormal(0.2, 0.5) * speed
        transit = chance.lognormal(1.2, 0.4) * speed
        at = START + int(day * DAY)
        site = ("lyon", "lille", "brest")[place % 3]
        found.append(
            Observation(
                trip=trip(site, distance_km=50.0 + 300 * (place % 4)),
                ordered_at=at,
                handed_at=at + int(handling * DAY),
                delivered_at=at + int((handling + transit) * DAY),
            )
        )
    return found


def test_without_history_the_stated_times_hold_and_say_so() -> None:
    few = parcels(FEWEST_PARCELS - 5, 1)
    for known in ([], few):
        model = learn(History.of(known), as_of=START + 200 * DAY)
        forecast = model.forecasts(Stage.TOTAL, [trip()], [START + 200 * DAY])
        assert forecast.grounds[0].basis == "stated"
        assert forecast.grounds[0].parcels == len(known)
        assert forecast.moments(0.95)[0] == pytest.approx(START + 205 * DAY)
        assert forecast.chances(np.array([START + 205.0 * DAY]))[0] == pytest.approx(0.95)
        assert forecast.notes()[0].expected is None


def test_with_history_it_is_learned_and_says_from_how_much() -> None:
    model = learn(History.of(parcels(300, 2)), as_of=START + 120 * DAY)
    forecast = model.forecasts(Stage.TRANSIT, [trip()], [START + 120 * DAY])
    ground = forecast.grounds[0]
    assert (ground.basis, ground.level) == ("learned", "area")
    assert 150 < ground.parcels <= 300
    handling = model.forecasts(Stage.HANDLING, [trip()], [START + 120 * DAY])
    assert handling.grounds[0].level == "site"


def test_a_carrier_nobody_has_seen_keeps_its_stated_times() -> None:
    model = learn(History.of(parcels(300, 2)), as_of=START + 120 * DAY)
    asked = [trip(), trip(carrier="courier", stated_transit_days=1.0)]
    forecast = model.forecasts(Stage.TRANSIT, asked, [START, START])
    assert [ground.basis for ground in forecast.grounds] == ["learned", "stated"]
    assert forecast.moments(0.95)[1] == pytest.approx(START + DAY)


def test_nothing_stated_and_nothing_learned_is_no_answer() -> None:
    model = learn(History.of([]), as_of=START)
    silent = trip(stated_handling_days=None, stated_transit_days=None)
    with pytest.raises(LookupError, match="Nothing is stated of total"):
        model.forecasts(Stage.TOTAL, [silent], [START])


@settings(deadline=None, max_examples=12)
@given(st.integers(0, 10_000), st.integers(40, 119))
def test_what_happens_after_the_moment_changes_nothing(seed: int, day: int) -> None:
    as_of = START + day * DAY
    chance = np.random.default_rng(seed)
    known = parcels(120, 3)

    def otherwise(at: int | None) -> int | None:
        if at is None or at <= as_of:
            return at
        return None if chance.random() < 0.3 else as_of + 1 + int(chance.integers(60 * DAY))

    changed = [
        replace(row, handed_at=otherwise(row.handed_at), delivered_at=otherwise(row.delivered_at))
        for row in known
        if row.ordered_at <= as_of
    ]
    assert learn(History.of(changed), as_of=as_of).form() == (
        learn(History.of(known), as_of=as_of).form()
    )


def test_the_same_observations_give_the_same_model_in_any_order() -> None:
    known = parcels(200, 4)
    shuffled = [known[place] for place in np.random.default_rng(0).permutation(len(known))]
    as_of = START + 90 * DAY
    assert learn(History.of(known), as_of=as_of).form() == (
        learn(History.of(shuffled), as_of=as_of).form()
    )


def test_a_model_read_back_foretells_the_same() -> None:
    model = learn(History.of(parcels(200, 5)), as_of=START + 120 * DAY)
    again = Model.of(json.loads(json.dumps(model.form())))
    assert again.form() == model.form()
    asked = ([trip(), trip("nowhere", distance_km=None)], [START + 120 * DAY] * 2)
    for stage in Stage:
        before, after = model.forecasts(stage, *asked), again.forecasts(stage, *asked)
        for share in SHARES:
            assert before.moments(share).tolist() == after.moments(share).tolist()


@settings(deadline=None, max_examples=12)
@given(st.lists(st.floats(0.02, 0.995), min_size=2, max_size=6, unique=True))
def test_a_higher_share_is_never_earlier_and_chances_are_its_inverse(shares: list[float]) -> None:
    model = learn(History.of(parcels(200, 6)), as_of=START + 120 * DAY)
    forecast = model.forecasts(Stage.TOTAL, [trip()], [START + 118.3 * DAY])
    ordered = [float(forecast.moments(share)[0]) for share in sorted(shares)]
    assert ordered == sorted(ordered)
    for share in shares:
        assert forecast.chances(forecast.moments(share))[0] == pytest.approx(share, abs=1e-6)


def test_a_parcel_still_on_its_way_is_less_likely_to_be_in_time() -> None:
    model = learn(History.of(parcels(300, 7)), as_of=START + 120 * DAY)
    forecast = model.forecasts(Stage.TOTAL, [trip()], [START + 120 * DAY])
    by = forecast.moments(0.9)
    open_yet = [
        float(forecast.chances(by, known_open_at=forecast.moments(share))[0])
        for share in (0.2, 0.5, 0.8)
    ]
    assert 0.9 > open_yet[0] > open_yet[1] > open_yet[2] > 0.4


@pytest.mark.parametrize("pace", [0.5, 1.8])
def test_stated_shares_stay_true_while_everything_gets_faster_or_slower(pace: float) -> None:
    known = parcels(1_800, 8, over_days=300, pace=pace)
    told: list[Observation] = []
    kept: list[list[bool]] = []
    learned_at, model = 0, Model(0, {})
    for row in known:
        if row.ordered_at - learned_at > 4 * DAY:
            learned_at = row.ordered_at
            model = learn(History.of(told), as_of=learned_at, stages=(Stage.TOTAL,))
        note = model.forecasts(Stage.TOTAL, [row.trip], [row.ordered_at]).notes()[0]
        told.append(replace(row, notes=((Stage.TOTAL, note),)))
        kept.append([(row.delivered_at or 0) <= deadline for deadline in note.deadlines])
    observed = np.mean(kept[600:], axis=0)
    assert observed == pytest.approx(SHARES, abs=0.02)


def test_what_was_said_and_missed_raises_the_level_that_is_asked() -> None:
    known = parcels(300, 9)
    as_of = START + 120 * DAY
    plain = learn(History.of(known), as_of=as_of)
    noted = [
        replace(row, notes=((Stage.TOTAL, Note(expected=3.5, deadlines=(row.ordered_at,) * 5)),))
        for row in known
    ]
    warned = learn(History.of(noted), as_of=as_of)
    assert all(shift > 0 for shift in warned.stages[Stage.TOTAL].correction.shifts)
    assert plain.stages[Stage.TOTAL].correction.shifts == (0.0,) * len(SHARES)


def test_a_carrier_that_struggles_is_promised_later_than_one_that_does_not() -> None:
    known = []
    for place, row in enumerate(parcels(1_200, 12)):
        carrier = ("post", "courier")[place % 2]
        struck = carrier == "courier" and row.ordered_at > START + 90 * DAY
        taken = (row.delivered_at or 0) - row.ordered_at
        known.append(
            replace(
                row,
                trip=replace(row.trip, carrier=carrier),
                delivered_at=row.ordered_at + taken * (2 if struck else 1),
            )
        )
    asked = [trip(), trip(carrier="courier")]
    ahead = []
    for day in (88, 110):
        at = START + day * DAY
        model = learn(History.of(known), as_of=at, stages=(Stage.TOTAL,))
        ahead.append(model.forecasts(Stage.TOTAL, asked, [at, at]).moments(0.9) - at)
    post, courier = ahead[1] / ahead[0]
    assert courier > post + 0.2


def test_the_risk_is_spread_so_that_days_are_saved() -> None:
    known = parcels(600, 10)
    as_of = START + 120 * DAY
    model = learn(History.of(known), as_of=as_of)
    lately = [row for row in known if row.ordered_at > as_of - 28 * DAY]
    trips, begun = [row.trip for row in lately], [row.ordered_at for row in lately]
    forecast = model.forecasts(Stage.TOTAL, trips, begun)
    for late in (0.02, 0.05, 0.1):
        promised = forecast.promises(late)
        assert np.all((promised + 1) % DAY == 0)
        chances = 1 - forecast.chances(promised)
        assert chances.mean() == pytest.approx(late, rel=0.2)
        for level in np.linspace(0.5, 0.999, 100):  # the same chance for each is never better
            ends = forecast.moments(float(level)) // DAY * DAY + DAY - 1
            if (1 - forecast.chances(ends)).mean() <= chances.mean():
                assert promised.mean() <= ends.mean() + 1e-6


def test_days_missed_too_often_are_promised_later() -> None:
    known = parcels(400, 11)
    as_of = START + 120 * DAY
    plain = learn(History.of(known), as_of=as_of)

    def noted(ahead: float) -> Model:
        rows = []
        for row in known:
            by = int(row.ordered_at + ahead * DAY)
            note = Note(expected=3.5, deadlines=(by,) * len(SHARES), promised=by, late=0.05)
            rows.append(replace(row, notes=((Stage.TOTAL, note),)))
        return learn(History.of(rows), as_of=as_of)

    often, never = (model.stages[Stage.TOTAL].correction for model in (noted(1), noted(60)))
    assert plain.stages[Stage.TOTAL].correction.allowed(0.05) == pytest.approx(0.05)
    assert often.allowed(0.05) == pytest.approx(0.031, abs=0.001)  # and no further: MOST_SHIFT
    assert 0.05 < never.allowed(0.05) < 0.09


def test_a_promised_day_is_corrected_once_by_the_share_that_may_be_late() -> None:
    model = learn(History.of(parcels(400, 13)), as_of=START + 120 * DAY)
    begun = [START + 119 * DAY + place * 3_600 for place in range(24)]
    plain = model.forecasts(Stage.TOTAL, [trip()] * len(begun), begun)
    bent = replace(plain, correction=Correction(shifts=(0.3,) * len(SHARES)))
    warned = replace(plain, correction=Correction(risk=-0.4))
    assert np.all(bent.moments(0.95) > plain.moments(0.95))
    assert bent.promises(0.05).tolist() == plain.promises(0.05).tolist()
    assert np.all(warned.promises(0.05) >= plain.promises(0.05))
    assert warned.promises(0.05).mean() > plain.promises(0.05).mean()


def test_a_day_is_that_of_the_wall_clock() -> None:
    assert day_of(START + DAY - 1) == date(2019, 4, 14)
    assert day_of(START + DAY) == date(2019, 4, 15)

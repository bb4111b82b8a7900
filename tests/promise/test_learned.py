"""How what was learned becomes numbers of the engine."""

import numpy as np

from chaland.promise.rules.learned import Handling, next_factor


def test_promises_that_came_late_too_often_are_corrected() -> None:
    worse = next_factor(1.0, late=40, expected_late=10.0)
    assert worse > 1
    assert next_factor(worse, late=0, expected_late=20.0) < worse
    assert next_factor(1.0, late=0, expected_late=0.0) == 1.0


def test_handling_is_the_quantile_and_by_hour() -> None:
    seconds = np.arange(60, 6060, 60, dtype=np.int64)
    found = Handling.of(seconds, np.arange(100, dtype=np.int64) % 2 + 9)
    assert found.within(0.5) <= found.within(0.95) <= 6000
    assert found.parcels == 100
    assert set(found.by_hour) == {9, 10}

"""Words of the screens: times, lengths, amounts, the outline of France, the catalogues."""

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.utils import translation

import chaland
from chaland.console import geography, wording
from chaland.fulfilment.types import FulfilmentState, RefusalReason
from chaland.orders.types import OrderState
from chaland.outbox.types import DeliveryState

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)  # 11:00 in Paris
CATALOGUES = sorted(Path(chaland.__file__).parent.glob("*/locale/fr/LC_MESSAGES/django.po"))


@pytest.mark.parametrize(
    ("moment", "english", "french"),
    [
        (datetime(2026, 11, 20, 13, 5, tzinfo=UTC), "today 14:05", "aujourd’hui 14:05"),
        (datetime(2026, 11, 20, 23, 30, tzinfo=UTC), "tomorrow 00:30", "demain 00:30"),
        (datetime(2026, 11, 24, 8, 0, tzinfo=UTC), "Tue 24 Nov 09:00", "mar. 24 nov. 09:00"),
    ],
)
def test_moments_are_said_as_people_say_them(moment: datetime, english: str, french: str) -> None:
    with translation.override("en"):
        assert wording.moment(moment, NOW) == english
    with translation.override("fr"):
        assert wording.moment(moment, NOW) == french


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(seconds=20), "under a minute"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(hours=35), "35 h"),
        (timedelta(hours=36), "2 days"),
        (timedelta(hours=-3), "under a minute"),
    ],
)
def test_lengths_take_their_largest_unit(length: timedelta, text: str) -> None:
    with translation.override("en"):
        assert wording.span(length) == text


def test_a_deadline_changes_tone_as_it_comes_near() -> None:
    with translation.override("en"):
        assert wording.due(NOW - timedelta(minutes=35), NOW) == "35 min late"
        assert wording.due(NOW + timedelta(hours=2), NOW) == "in 2 h"
    tones = [wording.due_tone(NOW + timedelta(minutes=minutes), NOW) for minutes in (-1, 0, 59, 60)]
    assert tones == ["bad", "warn", "warn", "plain"]


def test_a_window_of_one_day_says_its_day_once() -> None:
    start, end = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    with translation.override("en"):
        assert wording.window(start, end, NOW) == "today 12:00 – 13:00"
        assert wording.window(start, end + timedelta(days=1), NOW).count("tomorrow") == 1
        assert wording.window(None, end, NOW) == "today 13:00"


def test_amounts_follow_the_reader() -> None:
    with translation.override("fr"):
        assert wording.money(Decimal("1234.5"), "EUR").endswith("€")
    with translation.override("en"):
        assert wording.money(Decimal("1234.5"), "EUR") == "€1,234.50"


@pytest.mark.parametrize(
    ("table", "states"),
    [("order", OrderState), ("fulfilment", FulfilmentState), ("webhook", DeliveryState)],
)
def test_every_state_has_a_word(table: str, states: type[OrderState]) -> None:
    assert {state.value for state in states} <= set(wording.TABLES[table])


def test_every_reason_to_refuse_has_words() -> None:
    from chaland.console.timeline import REASONS

    assert {reason.value for reason in RefusalReason} <= set(REASONS)


def _inside(latitude: float, longitude: float) -> bool:
    """Cast a ray to the right through each part of the outline and count crossings."""
    spot = geography.place(latitude, longitude)
    assert spot is not None
    crossings = 0
    for part in geography.OUTLINE.strip("MZ").split("ZM"):
        corners = [tuple(map(float, corner.split())) for corner in part.split("L")]
        for (x1, y1), (x2, y2) in zip(corners, corners[1:] + corners[:1], strict=True):
            if (y1 > spot.y) != (y2 > spot.y):
                crossings += spot.x < (x2 - x1) * (spot.y - y1) / (y2 - y1) + x1
    return crossings % 2 == 1


@pytest.mark.parametrize(
    ("latitude", "longitude", "french"),
    [
        (48.857, 2.352, True),  # Paris
        (45.764, 4.836, True),  # Lyon
        (43.604, 1.444, True),  # Toulouse
        (48.573, 7.752, True),  # Strasbourg
        (47.996, -4.102, True),  # Quimper
        (42.300, 9.150, True),  # Corte
        (46.204, 6.143, False),  # Geneva
        (45.070, 7.687, False),  # Turin
        (50.846, 4.352, False),  # Brussels
        (43.263, -2.935, False),  # Bilbao
    ],
)
def test_the_outline_holds_french_towns_and_no_others(
    latitude: float,
    longitude: float,
    french: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    assert _inside(latitude, longitude) is french


def test_points_far_away_are_not_on_the_map() -> None:
    assert geography.place(16.27, -61.5) is None  # Guadeloupe


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-5])
def test_catalogues_are_complete_and_compiled(path: Path) -> None:
    with path.open("rb") as file:
        catalogue = read_po(file)
    for message in catalogue:
        if message.id:
            texts = message.string if isinstance(message.string, tuple) else (message.string,)
            assert all(texts), f"no French for {message.id!r}"
            assert not message.fuzzy, message.id
            assert not list(message.check()), message.id
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    assert path.with_suffix(".mo").read_bytes() == compiled.getvalue(), "run make messages"

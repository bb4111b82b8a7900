"""What may be written about a SKU."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from chaland.catalog.rules import gtin_14, plain, problems_of, search_text
from chaland.catalog.types import ComponentDraft, SkuDraft, Tracking

PULL = SkuDraft(code="PULL-1", name="Pull bleu", weight_grams=400, gtins=("3017620422003",))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3017620422003", "03017620422003"),
        ("96385074", "00000096385074"),
        ("036000291452", "00036000291452"),
        ("10614141000415", "10614141000415"),
    ],
)
def test_every_length_of_gtin_becomes_14_digits(text: str, expected: str) -> None:
    assert gtin_14(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3017620422004",
        "301762042200",
        "30176204220033",
        "3017620422oo3",
        "00000000",
        "٣٠١٧٦٢٠٤٢٢٠٠٣",
    ],
)
def test_what_is_no_gtin(text: str) -> None:
    assert gtin_14(text) is None


@given(st.text(alphabet="0123456789", min_size=13, max_size=13))
def test_our_check_digit_is_the_library_s(text: str) -> None:
    assert (gtin_14(text) is not None) == (ean.is_valid(text) and int(text) > 0)


@given(st.integers(1, 10**12 - 1), st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(number: int, place: int, shift: int) -> None:
    body = f"{number:012}"
    good = next(text for digit in range(10) if gtin_14(text := f"{body}{digit}"))
    wrong = good[:place] + str((int(good[place]) + shift) % 10) + good[place + 1 :]
    assert gtin_14(wrong) is None


def test_a_good_draft_has_no_problem() -> None:
    assert problems_of(PULL) == []
    assert problems_of(replace(PULL, components=(ComponentDraft("A", 1),))) == []


@pytest.mark.parametrize(
    ("named", "changes"),
    [
        ("code", {"code": "a b"}),
        ("name", {"name": " "}),
        ("name", {"name": "x" * 301}),
        ("category", {"category": "x" * 201}),
        ("tags", {"tags": ("",)}),
        ("restrictions[0]", {"restrictions": ("Age 18",)}),
        ("weight_grams", {"weight_grams": -1}),
        ("weight_grams", {"weight_grams": 10**9}),
        ("height_mm", {"height_mm": 100_001}),
        ("gtins[0]", {"gtins": ("3017620422004",)}),
        ("gtins[1]", {"gtins": ("3017620422003", "03017620422003")}),
        ("gtins", {"gtins": ("3017620422003",) * 51}),
        ("components[0].quantity", {"components": (ComponentDraft("A", 0),)}),
        ("components[0].quantity", {"components": (ComponentDraft("A", 1001),)}),
        ("components[0].sku", {"components": (ComponentDraft("PULL-1", 1),)}),
        ("components[1].sku", {"components": (ComponentDraft("A", 1), ComponentDraft("A", 2))}),
        ("components", {"components": (ComponentDraft("A", 1),) * 101}),
        ("unit_cost", {"unit_cost": Decimal("-0.01")}),
        ("unit_cost", {"unit_cost": Decimal("0.00001")}),
        ("unit_cost", {"unit_cost": Decimal("NaN")}),
        ("tracking", {"tracking": Tracking.LOT, "components": (ComponentDraft("A", 1),)}),
    ],
)
def test_a_bad_draft_names_its_field(named: str, changes: dict[str, Any]) -> None:
    problems = problems_of(replace(PULL, **changes))
    assert [item.field for item in problems] == [named]
    assert problems[0].fix


def test_words_are_found_without_accents_and_capitals() -> None:
    assert plain("Œuf  à la COQUE, 10%") == "œuf a la coque 10"
    draft = replace(PULL, name="Théière", category="Arts de la table")
    assert search_text(draft) == "pull 1 theiere arts de la table"

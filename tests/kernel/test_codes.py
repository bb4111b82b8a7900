"""Codes and countries."""

import pytest

from chaland.kernel.codes import COUNTRIES, is_code, is_country


@pytest.mark.parametrize("text", ["a", "SHOP-12", "a.b_c", "x" * 64])
def test_what_may_be_a_code(text: str) -> None:
    assert is_code(text)


@pytest.mark.parametrize("text", ["", "x" * 65, "a b", "é", "a/b", "a\n", "a\0"])
def test_what_may_not(text: str) -> None:
    assert not is_code(text)


def test_every_country_of_the_union_is_known() -> None:
    union = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
    assert set(union.split()) <= COUNTRIES
    assert len(COUNTRIES) == 249


@pytest.mark.parametrize("text", ["fr", "FRA", "EU", "UK", "XX", ""])
def test_what_is_no_country(text: str) -> None:
    assert not is_country(text)

"""Card numbers are found wherever they hide, and other numbers are left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaland.kernel.pci import find_card_number, passes_luhn

# The networks' published test numbers.
CARDS = [
    "4111111111111111",
    "4012888888881881",
    "4222222222222",
    "5555555555554444",
    "2223003122003222",
    "378282246310005",
    "30569309025904",
    "6011111111111117",
    "3530111333300000",
    "6304000000000000",
]


@pytest.mark.parametrize("card", CARDS)
def test_a_card_number_is_found_and_masked(card: str) -> None:
    found = find_card_number(f"paid with {card}, thanks")
    assert found is not None
    assert found == "•" * (len(card) - 4) + card[-4:]


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "4111\u00a01111\u202f1111\u20101111",
        "card 4111 1111 1111 1111 123",
        "12 4111111111111111",
        "x4111111111111111y",
        "٤١١١١١١١١١١١١١١١",
    ],
)
def test_groups_neighbours_and_other_digits_do_not_hide_it(text: str) -> None:
    assert find_card_number(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Leave it with the neighbour at number 12",
        "+33 6 12 34 56 78",
        "3017620422003",  # a GTIN-13
        "73282932000074",  # a SIRET: passes Luhn, no network begins with 7
        "4111111111111112",  # wrong check digit
        "41111111111111111111111",  # a longer number, such as a parcel's
        "1234567812345670",  # passes Luhn, no network begins with 1
    ],
)
def test_other_numbers_are_no_cards(text: str) -> None:
    assert find_card_number(text) is None


@given(st.text(alphabet="0123456789", min_size=1, max_size=30))
def test_every_number_has_exactly_one_check_digit(payload: str) -> None:
    assert sum(passes_luhn(payload + str(digit)) for digit in range(10)) == 1


@given(
    body=st.text(alphabet="0123456789", min_size=14, max_size=14),
    around=st.text(alphabet="abc /,é\n", max_size=5),
)
def test_any_visa_number_is_found(body: str, around: str) -> None:
    number = next(text for digit in range(10) if passes_luhn(text := f"4{body}{digit}"))
    found = find_card_number(f"{around}{number}{around}")
    assert found is not None
    assert found.endswith(number[-4:])
    assert number not in found

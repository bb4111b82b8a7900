"""Payment card numbers that strayed into a free field, so that they are refused and never kept.

PCI DSS allows the last four digits; everything that would make this system a card data environment
is turned away at the door.
"""

import re

_SEPARATORS = r"[ \u00a0\u202f.\-\u2010-\u2015]"
_DIGIT_RUN = re.compile(rf"(?<!\d)\d(?:{_SEPARATORS}?\d){{11,}}(?!\d)")
_GROUP = re.compile(r"\d+")
_SHORTEST, _LONGEST = 13, 19

# Which lengths the networks issue, by leading digits (ISO/IEC 7812; the longest prefix wins).
# Without it one in ten order numbers, GTINs and SIRETs would pass for a card.
_LENGTHS_OF_PREFIX: dict[str, frozenset[int]] = {
    **dict.fromkeys(map(str, range(2221, 2721)), frozenset({16})),  # Mastercard
    **dict.fromkeys(("30", "36", "38", "39"), frozenset({14, 16, 17, 18, 19})),  # Diners Club
    **dict.fromkeys(("34", "37"), frozenset({15})),  # American Express
    "35": frozenset({16, 17, 18, 19}),  # JCB
    "4": frozenset({13, 16, 19}),  # Visa
    **dict.fromkeys(map(str, range(51, 56)), frozenset({16})),  # Mastercard
    **dict.fromkeys(("50", "56", "57", "58"), frozenset({16, 18, 19})),  # Maestro, CB
    **dict.fromkeys(map(str, range(60, 70)), frozenset({16, 17, 18, 19})),  # Discover, UnionPay …
}


def find_card_number(text: str) -> str | None:
    """Return the first payment card number in *text*, masked but for its last four digits.

    A card number has 13 to 19 digits, perhaps in groups separated by a space, a dot or a dash,
    begins like one a network issues and passes the Luhn test. None when there is none.
    """
    for run in _DIGIT_RUN.finditer(text):
        groups = _GROUP.findall(run.group())
        for start in range(len(groups)):
            digits = ""
            for group in groups[start:]:
                digits += group
                if len(digits) > _LONGEST:
                    break
                if len(digits) >= _SHORTEST and _may_be_issued(digits) and passes_luhn(digits):
                    return "•" * (len(digits) - 4) + _ascii(digits[-4:])
    return None


def passes_luhn(digits: str) -> bool:
    """Tell whether *digits*, nothing else, end in their Luhn check digit (ISO/IEC 7812-1)."""
    total = 0
    for position, letter in enumerate(reversed(digits)):
        value = int(letter) << (position & 1)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the digit sum of 10 … 18
    return total % 10 == 0


def _may_be_issued(digits: str) -> bool:
    plain = _ascii(digits[:4])
    for length in (4, 2, 1):
        lengths = _LENGTHS_OF_PREFIX.get(plain[:length])
        if lengths is not None:
            return len(digits) in lengths
    return False


def _ascii(digits: str) -> str:
    """Write digits of any script with 0 to 9."""
    return "".join(str(int(letter)) for letter in digits)

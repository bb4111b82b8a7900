"""The retailer's words for what goods ask of a site and of a carrier: ``cold``, ``alcohol``."""

import re
from collections.abc import Sequence

from chaland.kernel.errors import FieldProblem

RESTRICTION_PATTERN = r"^[a-z0-9_]{1,40}$"
MOST_RESTRICTIONS = 50
_RESTRICTION = re.compile(RESTRICTION_PATTERN)


def restriction_problems(field: str, words: Sequence[str]) -> list[FieldProblem]:
    """Return which of *words*, sent as *field*, are no restrictions; empty when all are."""
    return [
        FieldProblem(
            f"{field}[{place}]",
            "invalid_restriction",
            f"{word!r} is not a restriction",
            "Use 1 to 40 small letters, digits and underscores, for instance age_18.",
        )
        for place, word in enumerate(words)
        if not _RESTRICTION.fullmatch(word)
    ]

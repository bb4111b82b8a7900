"""Units kept for baskets, for a while."""

from enum import StrEnum

HOLD_PREFIX = "hld"
"""Public ids of baskets' holds: ``hld_…``."""


class HoldOutcome(StrEnum):
    """How a hold ended."""

    CONVERTED = "converted"
    RELEASED = "released"
    EXPIRED = "expired"

"""What became of one item of a set-based write."""

from dataclasses import dataclass
from typing import Literal

from chaland.kernel.errors import DomainError

OutcomeStatus = Literal[
    "created", "updated", "unchanged", "duplicate", "stale", "superseded", "rejected"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOutcome:
    """The answer to one item of an upsert, in the order in which the items were given.

    ``version`` is the thing's version after the write, 0 when it was rejected and does not exist;
    ``problem`` says why it was rejected, None otherwise.
    """

    code: str
    status: OutcomeStatus
    version: int = 0
    problem: DomainError | None = None

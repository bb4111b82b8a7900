"""What is checked to prove that stock tells the truth, and what was found."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """A statement that finds contradictions: rows of (where as JSON, expected, found).

    ``table`` is what it looks at. Each check is one statement, so it sees one moment of a live
    database.
    """

    name: str
    meaning: str
    table: str
    statement: str


@dataclass(frozen=True, slots=True)
class Break:
    """One contradiction: where, what was expected and what was found."""

    where: Mapping[str, object]
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How many rows a check looked at and how many it found broken; ``examples`` are the first."""

    name: str
    meaning: str
    looked_at: int
    broken: int
    examples: tuple[Break, ...] = ()


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """The proof, or disproof, that stock tells the truth."""

    checks: tuple[CheckResult, ...]

    @property
    def clean(self) -> bool:
        """Tell whether no check found a contradiction."""
        return all(check.broken == 0 for check in self.checks)

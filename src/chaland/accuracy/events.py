"""Facts that this room tells the world; the stream is the public id of the count."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from chaland.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class CountEvent(DomainEvent):
    """Something happened to a count; ``location`` is a code.

    ``lines`` has one object a line that it is about: ``sku``, ``state``, ``counted``, ``expected``
    and ``difference`` in units, ``reason`` and ``money`` (cost of the difference in the group's
    currency, as text; null where the cost of a unit is not known).
    """

    TYPE: ClassVar[str] = "count.changed"

    location: str
    state: str
    lines: Sequence[dict[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountOpened(CountEvent):
    """Something is to be counted."""

    TYPE: ClassVar[str] = "count.opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class CountSubmitted(CountEvent):
    """The counters have finished; lines in state ``pending`` wait for somebody's approval."""

    TYPE: ClassVar[str] = "count.submitted"


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRecountAsked(CountEvent):
    """Some lines were not believed and are to be counted again."""

    TYPE: ClassVar[str] = "count.recount_asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class CountApproved(CountEvent):
    """Every line is decided; those applied have become the stock."""

    TYPE: ClassVar[str] = "count.approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRejected(CountEvent):
    """No line was believed; the stock is as it was."""

    TYPE: ClassVar[str] = "count.rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class CountCancelled(CountEvent):
    """Nobody will finish it."""

    TYPE: ClassVar[str] = "count.cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class CountHeld(CountEvent):
    """Accepted lines cannot be applied: orders are promised units that were not there.

    Whoever hears it should refuse those orders' units at this location, so that they are found
    elsewhere; the lines are applied by themselves as soon as that is done.
    """

    TYPE: ClassVar[str] = "count.held"


@dataclass(frozen=True, slots=True, kw_only=True)
class CountPolicyChanged(DomainEvent):
    """A setting about counting was made, changed or (``removed``) taken away."""

    TYPE: ClassVar[str] = "count_policy.changed"

    removed: bool

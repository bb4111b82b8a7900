"""What other systems say of the stock, by the thousand: counts and differences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chaland.inventory.types.positions import Pair

START: Pair = (0, 0)
"""Before the first position."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """Who speaks, and how much of what Chaland itself moved the speaker has heard.

    A source that sees goods come and go (a WMS) counts all that happened before its moment:
    ``acknowledged_to`` is None. One that books what it hears (an ERP) knows what Chaland moved
    before ``acknowledged_to``, and what it acknowledged by name.
    """

    source: str
    acknowledged_to: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeCause:
    """What the ledger says of each line of a merge: why, and for what reason."""

    type: str
    id: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedLine:
    """What a source says of a position: a count, or a difference with a reference of its own."""

    line: int
    sku_id: int
    location_id: int
    quantity: int
    occurred_at: datetime | None = None
    line_ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """The lines of a stage after one position, up to and with another.

    ``since`` and ``until`` are the earliest and latest moment they are about.
    """

    after: Pair
    last: Pair
    lines: int
    since: datetime
    until: datetime
    sku_ids: Sequence[int]


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that contradicts another; ``code`` says how."""

    line: int | None
    code: str


@dataclass(frozen=True, slots=True)
class ShortLine:
    """A line that takes ``missing`` more units than orders and blocked units leave.

    ``line`` is None for a position that the count does not mention. ``quantity`` is what it says.
    """

    line: int | None
    sku_id: int
    location_id: int
    quantity: int
    missing: int
    reserved: int
    unavailable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What became of a chunk: lines by outcome, and the units that came and went.

    ``applied`` changed a position; ``unchanged`` found it as it was; ``short`` were applied as far
    as possible.
    """

    lines: int
    applied: int
    unchanged: int = 0
    duplicate: int = 0
    stale: int = 0
    superseded: int = 0
    units_in: int = 0
    units_out: int = 0
    sku_ids: Sequence[int] = ()
    refused: Sequence[RefusedLine] = ()
    short: Sequence[ShortLine] = ()
    outcomes: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountDifference:
    """Where a count differs: theirs + in_flight + unacknowledged - ours is ``unexplained``.

    ``in_flight`` came (or, below zero, went) since their moment; ``unacknowledged`` is what
    Chaland moved before and they have not heard of. ``mentioned`` is False where a full count says
    nothing of a position that has units.
    """

    sku_id: int
    location_id: int
    as_of: datetime
    mentioned: bool
    ours: int
    theirs: int
    in_flight: int
    unacknowledged: int
    unexplained: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A chunk of a comparison: totals of both sides, and the positions that differ."""

    positions: int
    ours: int
    theirs: int
    differences: Sequence[CountDifference]

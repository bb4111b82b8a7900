"""The words of the room, as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class FeedMode(StrEnum):
    """What a line says: what there is, or what came or went; a snapshot says all there is."""

    DELTA = "delta"
    COUNT = "count"
    SNAPSHOT = "snapshot"


class Hearing(StrEnum):
    """How a source learns what Chaland itself moves.

    ``physical``: it sees goods leave (a WMS, somebody who counts a shelf). ``events``: it books
    what it hears (an ERP), and acknowledges it.
    """

    PHYSICAL = "physical"
    EVENTS = "events"


class FileFormat(StrEnum):
    """How a file is written."""

    CSV = "csv"
    JSON_LINES = "jsonl"


class RunKind(StrEnum):
    """What a run does with its lines, or where it has them from."""

    FILE = "file"
    LINES = "lines"
    REPLAY = "replay"
    COMPARE = "compare"
    HEAL = "heal"


class RunState(StrEnum):
    """How far a run is."""

    RECEIVING = "receiving"
    CHECKING = "checking"
    APPLYING = "applying"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


class QuarantineState(StrEnum):
    """What became of a line that could not be used."""

    OPEN = "open"
    REPLAYED = "replayed"
    DISMISSED = "dismissed"


FIELDS = ("sku", "location", "quantity", "as_of", "line_id")
"""What a line may say; a feed maps each to the name of a column, or leaves it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the lines of a feed's files are written.

    ``columns`` maps the fields of a line to the names in the file's head (CSV) or to the names of
    an object's members (JSON lines). ``time_format`` is that of ``strptime``, empty for RFC 3339;
    times without an offset are in ``time_zone``.
    """

    format: FileFormat = FileFormat.CSV
    columns: Mapping[str, str] = field(default_factory=dict)
    separator: str = ";"
    decimal_comma: bool = True
    encoding: str = "utf-8"
    time_format: str = ""
    time_zone: str = "UTC"
    trailer: bool = False

    def name_of(self, name: str) -> str:
        """Return the name that the file has for a field."""
        return self.columns.get(name, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDraft:
    """A feed as it shall be; see ``Feed`` in the models for what each means."""

    code: str
    name: str
    mode: FeedMode
    hearing: Hearing = Hearing.PHYSICAL
    layout: Layout = field(default_factory=Layout)
    locations: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    expected_every_minutes: int = 0
    folder: str = ""
    closes_unmentioned: bool = False
    most_closed_percent: int = 20
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedView:
    """A feed as it is. ``silent_since`` is set while it is overdue."""

    id: int
    code: str
    name: str
    mode: FeedMode
    hearing: Hearing
    layout: Layout
    locations: tuple[str, ...]
    organisations: tuple[str, ...]
    expected_every_minutes: int
    folder: str
    closes_unmentioned: bool
    most_closed_percent: int
    active: bool
    acknowledged_to: datetime | None
    last_heard_at: datetime | None
    silent_since: datetime | None
    created_at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What became of the lines of a run, and the units that came and went by it."""

    read: int = 0
    applied: int = 0
    unchanged: int = 0
    duplicate: int = 0
    stale: int = 0
    superseded: int = 0
    quarantined: int = 0
    units_in: int = 0
    units_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """One file or batch of a feed, and how far it is.

    ``done`` of ``to_do`` lines were merged; ``problem`` says why it failed.
    """

    id: UUID
    number: int
    feed: str
    kind: RunKind
    state: RunState
    file_name: str
    sha256: str
    as_of: datetime
    acknowledged_to: datetime | None
    declared_lines: int | None
    to_do: int
    done: int
    tally: Tally
    closed: int
    problem: str
    problem_code: str
    actor_label: str
    summary: Mapping[str, object]
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    stop_asked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReceipt:
    """A file that was received in full, and what its sender says of it."""

    path: str
    name: str
    sha256: str
    size: int
    as_of: datetime
    acknowledged_to: datetime | None = None
    lines: int | None = None
    closes_unmentioned: bool = False
    compare: bool = False
    from_folder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawLine:
    """A line as it came, field by field; ``raw`` is all of it."""

    line: int | None
    sku: str = ""
    location: str = ""
    quantity: str = ""
    as_of: str = ""
    line_id: str = ""
    raw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A line that cannot be used, why, and in which field.

    ``missing`` are the units that a shortage leaves to be taken, and ``orders`` those that hold
    what is there.
    """

    line: RawLine
    reason: str
    field: str
    missing: int | None = None
    orders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineView:
    """A line in quarantine, with what would mend it."""

    id: int
    feed: str
    run_id: UUID
    line: int | None
    raw: str
    sku: str
    location: str
    quantity: str
    reason: str
    field: str
    message: str
    fix: str
    missing: int | None
    orders: tuple[str, ...]
    state: QuarantineState
    created_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDraft:
    """A line of a batch, its codes not yet resolved; ``as_of`` is None for the batch's."""

    sku: str
    location: str
    quantity: int
    as_of: datetime | None = None
    line_id: str = ""


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """What became of a line of a batch: a status, or the reason why it is in quarantine."""

    status: str
    reason: str = ""
    field: str = ""
    missing: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceView:
    """Where an external count differs: theirs + in_flight + unacknowledged - ours is unexplained.

    ``value`` is the unexplained units' worth, when the SKU's cost is known.
    """

    id: int
    sku: str
    location: str
    as_of: datetime
    mentioned: bool
    ours: int
    theirs: int
    in_flight: int
    unacknowledged: int
    unexplained: int
    value: str | None
    healed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHealth:
    """How a feed does: for screens. ``lag_seconds`` is from what a run is about to its end."""

    feed: str
    name: str
    mode: FeedMode
    active: bool
    last_heard_at: datetime | None
    silent_since: datetime | None
    expected_every_minutes: int
    last_run: RunView | None
    running: RunView | None
    lag_seconds: float | None
    lines_per_second: float | None
    quarantined: Mapping[str, int]
    drift_units_7_days: int
    lines_7_days: int


Lines = Sequence[LineDraft]

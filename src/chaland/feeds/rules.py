"""Pure decisions of the room: what a feed may be, and what is said of a line that is of no use."""

import codecs
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

from chaland.feeds.types import FIELDS, FeedDraft, FeedMode, FileFormat, Hearing
from chaland.kernel.errors import FieldProblem

SEPARATORS = (";", ",", "\t", "|")
FOLDER_DEPTH = 8
_FOLDER_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

REASONS: Mapping[str, tuple[str, str]] = {
    "unknown_sku": ("there is no such SKU or GTIN", "Create the SKU, then replay the line."),
    "kit_has_no_stock": (
        "a kit has no stock of its own",
        "Send the stock of its components, and dismiss this line.",
    ),
    "unknown_location": (
        "there is no such location",
        "Create the location, or correct its code at the source.",
    ),
    "outside_feed": (
        "this feed may not speak of this location",
        "Add the location to the feed, or send the line by the feed of its owner.",
    ),
    "missing": ("is empty", "Send a value."),
    "not_a_number": (
        "is no number",
        "Send a whole number; check the feed's decimal comma and columns.",
    ),
    "not_whole": ("is no whole number", "Send whole units; check the unit of measure."),
    "negative": ("a count is below zero", "Send what lies there, 0 or more."),
    "out_of_range": ("is too large", "Check the unit of measure and the columns."),
    "not_a_time": (
        "is no time that the feed's settings can read",
        "Send RFC 3339 (2026-11-25T06:00:00+01:00), or set the feed's time format.",
    ),
    "in_the_future": ("lies in the future", "Check the clock and the time zone of the source."),
    "too_long": ("is longer than 200 bytes", "Send a shorter one."),
    "wrong_columns": (
        "the line has another number of columns than the head",
        "Check the separator, and quote fields that hold it.",
    ),
    "not_json": ("the line is no JSON object", "Send one object a line."),
    "named_twice": (
        "the file counts the position twice, and differently",
        "Send one line for each position, or times that tell which is later.",
    ),
    "contradicts_count": (
        "another quantity was counted as of the same moment",
        "Send the right count with a later time, and dismiss this line.",
    ),
    "line_id_reused": (
        "the source used this line id before, for something else",
        "Give each message an id of its own.",
    ),
    "fewer_than_promised": (
        "fewer units are there than orders hold",
        "Re-source or cancel some of the orders, then replay the line.",
    ),
    "below_zero": (
        "more units went than were there",
        "Find the receipt that is missing, then replay the line; or dismiss it.",
    ),
}
"""Why a line is in quarantine, by code: what is wrong, and what mends it."""


FOUND_IN_MERGING = frozenset(
    {"named_twice", "contradicts_count", "line_id_reused", "fewer_than_promised", "below_zero"}
)
"""Reasons that only the stock knows; the others are found before anything is merged."""


def said_of(reason: str) -> tuple[str, str]:
    """Return what is wrong with a line, and what mends it."""
    return REASONS.get(reason, (reason.replace("_", " "), "Correct the line and send it again."))


def is_overdue(
    *, expected_every_minutes: int, last_heard_at: datetime | None, since: datetime, now: datetime
) -> bool:
    """Tell whether a feed should have been heard of by *now*; *since* is when it was made."""
    if not expected_every_minutes:
        return False
    return (last_heard_at or since) + timedelta(minutes=expected_every_minutes) < now


def draft_problems(draft: FeedDraft) -> list[FieldProblem]:
    """Return everything that is wrong with a feed's settings."""
    return [problem for rule in _RULES if (problem := rule(draft))]


def _separator(draft: FeedDraft) -> FieldProblem | None:
    if draft.layout.format is not FileFormat.CSV or draft.layout.separator in SEPARATORS:
        return None
    return FieldProblem(
        "layout.separator",
        "unknown_separator",
        "is no separator of columns",
        "Send a semicolon, a comma, a tab or a bar.",
    )


def _encoding(draft: FeedDraft) -> FieldProblem | None:
    try:
        "".encode(codecs.lookup(draft.layout.encoding).name)
    except (LookupError, UnicodeError):
        return FieldProblem(
            "layout.encoding",
            "unknown_encoding",
            "is no encoding of text",
            "Send utf-8, cp1252, iso-8859-15 or utf-16.",
        )
    return None


def _columns(draft: FeedDraft) -> FieldProblem | None:
    for name, column in draft.layout.columns.items():
        if name not in FIELDS or not column.strip():
            return FieldProblem(
                f"layout.columns.{name}",
                "unknown_field",
                "maps nothing to a column",
                f"Map {', '.join(FIELDS)} to names of columns.",
            )
    return None


def _time_zone(draft: FeedDraft) -> FieldProblem | None:
    try:
        ZoneInfo(draft.layout.time_zone)
    except (KeyError, ValueError, OSError):
        return FieldProblem(
            "layout.time_zone", "unknown_time_zone", "is no time zone", "Send e.g. Europe/Paris."
        )
    return None


def _folder(draft: FeedDraft) -> FieldProblem | None:
    """Only plain names below the folder that the installation sets: nothing leads out of it."""
    if not draft.folder:
        return None
    parts = PurePosixPath(draft.folder).parts
    plain = len(parts) <= FOLDER_DEPTH and all(_FOLDER_PART.fullmatch(part) for part in parts)
    if plain and "/".join(parts) == draft.folder and not {"done", "failed"} & set(parts):
        return None
    return FieldProblem(
        "folder",
        "folder_not_allowed",
        "is no plain path below the folder for feeds",
        "Send names of letters, digits, dots, dashes and underscores, parted by /, such as"
        " erp/stock; done and failed are ours.",
    )


def _closing(draft: FeedDraft) -> FieldProblem | None:
    if draft.closes_unmentioned and draft.mode is not FeedMode.SNAPSHOT:
        return FieldProblem(
            "closes_unmentioned",
            "only_for_snapshots",
            "only a snapshot says something by silence",
            "Set the mode to snapshot, or leave this out.",
        )
    return None


def _hearing(draft: FeedDraft) -> FieldProblem | None:
    if draft.hearing is Hearing.EVENTS and draft.mode is FeedMode.DELTA:
        return FieldProblem(
            "hearing",
            "only_for_counts",
            "a difference knows nothing of what Chaland moved",
            "Leave this out: acknowledgements explain counts.",
        )
    return None


_RULES: tuple[Callable[[FeedDraft], FieldProblem | None], ...] = (
    _separator,
    _encoding,
    _columns,
    _time_zone,
    _folder,
    _closing,
    _hearing,
)

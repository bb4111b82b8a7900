"""Words for feeds: why a line waits in quarantine and what mends it, kinds of runs, modes."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chaland.feeds.types import FeedMode, RunKind

MODES: dict[FeedMode, str | Promise] = {
    FeedMode.DELTA: _("tells what came and went"),
    FeedMode.COUNT: _("tells what lies there"),
    FeedMode.SNAPSHOT: _("tells everything that lies there"),
}

RUN_KINDS: dict[RunKind, str | Promise] = {
    RunKind.FILE: _("file"),
    RunKind.LINES: _("messages"),
    RunKind.REPLAY: _("tried again"),
    RunKind.COMPARE: _("comparison"),
    RunKind.HEAL: _("healing"),
}

_REASONS: dict[str, tuple[str | Promise, str | Promise]] = {
    "unknown_sku": (_("No such article"), _("Create the article, then try again.")),
    "kit_has_no_stock": (_("A kit has no stock"), _("Send the stock of its parts.")),
    "unknown_location": (_("No such site"), _("Create the site, or correct its code.")),
    "outside_feed": (_("Not this feed’s site"), _("Add the site to the feed.")),
    "missing": (_("A field is empty"), _("Send a value.")),
    "not_a_number": (_("Not a number"), _("Check the columns and the decimal comma.")),
    "not_whole": (_("Not a whole number"), _("Check the unit of measure.")),
    "negative": (_("Below zero"), _("Send what lies there, 0 or more.")),
    "out_of_range": (_("Too large"), _("Check the unit of measure and the columns.")),
    "not_a_time": (_("Not a time"), _("Set the feed’s time format.")),
    "in_the_future": (_("In the future"), _("Check the source’s clock and time zone.")),
    "too_long": (_("Too long"), _("Send a shorter text.")),
    "wrong_columns": (_("Wrong number of columns"), _("Check the separator.")),
    "not_json": (_("Not readable"), _("Send one JSON object a line.")),
    "named_twice": (_("Counted twice, differently"), _("Send one line for each position.")),
    "contradicts_count": (
        _("Contradicts another count"),
        _("Send the right count with a later time."),
    ),
    "line_id_reused": (_("Line number used twice"), _("Give each message a number of its own.")),
    "fewer_than_promised": (
        _("Fewer than orders hold"),
        _("Find other sites for these orders, then try again."),
    ),
    "below_zero": (_("More went than was there"), _("Find the missing receipt, then try again.")),
}


def mode(value: FeedMode) -> str:
    """Return what a feed's lines say."""
    return str(MODES[value])


def run_kind(value: RunKind) -> str:
    """Return what a run does with its lines."""
    return str(RUN_KINDS[value])


def reason(code: str) -> str:
    """Return why lines wait."""
    return str(_REASONS.get(code, (code.replace("_", " "), ""))[0])


def fix(code: str) -> str:
    """Return what mends them."""
    return str(_REASONS.get(code, ("", _("Correct the line and send it again.")))[1])

"""How each channel shows its stock, kept in memory until somebody changes it."""

import threading
from collections.abc import Mapping

from chaland.availability.models import ChannelDisplay
from chaland.availability.types.showing import Display
from chaland.database.revision import read_revisions

REVISION = "availability_display"

_guard = threading.Lock()
_latest: tuple[int, Mapping[str, Display]] | None = None


def displays(revisions: Mapping[str, int] | None = None) -> Mapping[str, Display]:
    """Return how channels show their stock, by code; the same object until something changes.

    A channel without an entry has never been set. Costs one small query, or none when *revisions*
    (``read_revisions()`` of this transaction) are given.
    """
    global _latest  # noqa: PLW0603 - one for the process
    if revisions is None:
        revisions = read_revisions()
    revision = revisions.get(REVISION, 0)
    with _guard:
        if _latest is None or _latest[0] != revision:
            _latest = (revision, _read())
        return _latest[1]


def display_of(channel: str) -> Display:
    """Return how a channel shows its stock: as was set, else the default at version 0."""
    return displays().get(channel, Display())


def _read() -> dict[str, Display]:
    return {
        row.channel.code: Display(
            exact=row.exact,
            bands=tuple(row.bands),
            low_at=row.low_at,
            low_by_category=dict(row.low_by_category),
            max_age_seconds=row.max_age_seconds,
            horizon_days=row.horizon_days,
            version=row.version,
        )
        for row in ChannelDisplay.objects.select_related("channel")
    }

"""Where postal codes are: what the retailer loaded first, else the built-in table."""

import threading
from collections.abc import Collection

from chaland.database.revision import read_revisions
from chaland.database.statements import fetch_all
from chaland.network.places import built_in_place
from chaland.network.types import Place

REVISION = "places"
MOST_REMEMBERED = 200_000

PostalKey = tuple[str, str]

_guard = threading.Lock()
_revision = -1
_known: dict[PostalKey, Place | None] = {}

_LOADED = """
    SELECT area.country, area.postal_code, area.latitude, area.longitude, area.name
    FROM unnest(%s::text[], %s::text[]) AS wanted(country, postal_code)
    JOIN network_postal_area AS area USING (country, postal_code)
"""


def resolve_place(country: str, postal_code: str) -> Place | None:
    """Return where *postal_code* of *country* (ISO 3166-1) is, or None when nobody knows."""
    key = (country, postal_code)
    return resolve_places([key])[key]


def resolve_places(
    keys: Collection[PostalKey], *, revision: int | None = None
) -> dict[PostalKey, Place | None]:
    """Return where each (country, postal code) is; None for the unknown ones.

    What was asked before is remembered until a postal area changes, so a batch of orders costs one
    small query for the revision (none when *revision*, that of ``places``, is given), and one more
    for postal codes never seen.
    """
    if revision is None:
        revision = read_revisions().get(REVISION, 0)
    known = _remembered(revision)
    missing = [key for key in set(keys) if key not in known]
    if missing:
        found = _look_up(missing)
        known.update(found)
        return {key: found[key] if key in found else known[key] for key in keys}
    return {key: known[key] for key in keys}


def _remembered(revision: int) -> dict[PostalKey, Place | None]:
    """Return the memory that belongs to *revision*; a new one replaces the old."""
    global _revision, _known
    with _guard:
        if _revision != revision or len(_known) > MOST_REMEMBERED:
            _revision, _known = revision, {}
        return _known


def _look_up(keys: Collection[PostalKey]) -> dict[PostalKey, Place | None]:
    rows = fetch_all(_LOADED, [[key[0] for key in keys], [key[1] for key in keys]])
    loaded = {
        (country, code): Place(latitude, longitude, "postal_code", name)
        for country, code, latitude, longitude, name in rows
    }
    return {key: loaded.get(key) or built_in_place(*key) for key in keys}

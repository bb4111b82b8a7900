"""Where postal codes are: what the retailer loaded, the built-in table, else the region.

A code that nobody knows is placed in the middle of the known codes that begin like it, and the
answer says so.
"""

import threading
from collections.abc import Collection
from dataclasses import replace

from chaland.database.revision import read_revisions
from chaland.database.statements import fetch_all
from chaland.network.places import built_in_place
from chaland.network.rules import covering_code, known_prefix
from chaland.network.types import Place, Precision

REVISION = "places"
MOST_REMEMBERED = 200_000

PostalKey = tuple[str, str]

_guard = threading.Lock()
_revision = -1
_known: dict[PostalKey, Place | None] = {}

_LOADED = """
    SELECT DISTINCT ON (wanted.country, wanted.postal_code)
           wanted.country, wanted.postal_code, area.latitude, area.longitude, area.name
    FROM unnest(%s::text[], %s::text[]) AS wanted (country, postal_code)
    JOIN network_postal_area AS area
      ON area.country = wanted.country AND area.lookup = network_postal_lookup(wanted.postal_code)
    ORDER BY wanted.country, wanted.postal_code, area.postal_code
"""
_NEIGHBOURS = """
    SELECT wanted.country, wanted.postal_code, wanted.lookup, before.lookup, after.lookup
    FROM (
        SELECT country, postal_code, network_postal_lookup(postal_code) COLLATE "C" AS lookup
        FROM unnest(%s::text[], %s::text[]) AS asked (country, postal_code)
    ) AS wanted
    LEFT JOIN LATERAL (
        SELECT area.lookup FROM network_postal_area AS area
        WHERE area.country = wanted.country AND area.lookup < wanted.lookup
        ORDER BY area.lookup DESC LIMIT 1
    ) AS before ON true
    LEFT JOIN LATERAL (
        SELECT area.lookup FROM network_postal_area AS area
        WHERE area.country = wanted.country AND area.lookup > wanted.lookup
        ORDER BY area.lookup LIMIT 1
    ) AS after ON true
"""
_REGIONS = """
    SELECT wanted.country, wanted.prefix, avg(area.latitude), avg(area.longitude),
           CASE WHEN min(area.region) = max(area.region) THEN min(area.region) END, min(area.name)
    FROM unnest(%s::text[], %s::text[]) AS wanted (country, prefix)
    JOIN network_postal_area AS area
      ON area.country = wanted.country AND area.lookup ^@ wanted.prefix
    GROUP BY wanted.country, wanted.prefix
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
    rows = fetch_all(_LOADED, _columns(keys))
    found: dict[PostalKey, Place | None] = {
        (country, code): Place(latitude, longitude, "postal_code", name)
        for country, code, latitude, longitude, name in rows
    }
    built_in = {key: built_in_place(*key) for key in keys if key not in found}
    exact = {
        key: place for key, place in built_in.items() if place and place.precision == "postal_code"
    }
    found |= exact
    regions = _regions([key for key in keys if key not in found])
    return {key: found.get(key) or regions.get(key) or built_in[key] for key in keys}


def _regions(keys: Collection[PostalKey]) -> dict[PostalKey, Place]:
    """Return where the known codes are that begin like each of *keys*; without those like none."""
    if not keys:
        return {}
    prefixes: dict[PostalKey, tuple[str, Precision]] = {}
    for country, code, lookup, *neighbours in fetch_all(_NEIGHBOURS, _columns(keys)):
        known = [item for item in neighbours if item is not None]
        if (covering := covering_code(lookup, known)) is not None:
            prefixes[country, code] = (covering, "postal_code")
        elif (prefix := known_prefix(lookup, known)) is not None:
            prefixes[country, code] = (prefix, "region")
    middles = _middles({(key[0], prefix) for key, (prefix, _) in prefixes.items()})
    return {
        key: replace(middles[key[0], prefix], precision=precision)
        for key, (prefix, precision) in prefixes.items()
    }


def _middles(prefixes: Collection[PostalKey]) -> dict[PostalKey, Place]:
    """Return the middle of the known codes that have each (country, prefix)."""
    if not prefixes:
        return {}
    return {
        (country, prefix): Place(latitude, longitude, "region", region or name)
        for country, prefix, latitude, longitude, region, name in fetch_all(
            _REGIONS, _columns(prefixes)
        )
    }


def _columns(keys: Collection[PostalKey]) -> list[list[str]]:
    return [[key[0] for key in keys], [key[1] for key in keys]]

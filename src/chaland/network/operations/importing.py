"""Postal areas by the hundred thousand, from a table that somebody publishes."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.database.revision import bump_revision
from chaland.database.statements import copy_rows, execute, fetch_all, fetch_one
from chaland.kernel.actor import Actor
from chaland.network.operations.writing import lock_network, refuse_unless_whole_group
from chaland.network.queries.places import REVISION
from chaland.network.types import ImportedAreas, PostalRow

_BATCH = 5_000
_INCOMING = "network_postal_incoming"
_COLUMNS = ("country", "postal_code", "name", "region", "latitude", "longitude")

_MAKE_ROOM = f"""
CREATE TEMPORARY TABLE {_INCOMING} (
    place bigint GENERATED ALWAYS AS IDENTITY, country text, postal_code text, name text,
    region text, latitude float8, longitude float8
) ON COMMIT DROP
"""
_REMOVE = """
DELETE FROM network_postal_area WHERE source = 'geonames' AND country = ANY (%s::text[])
"""
# A code of several places lies in their middle, and has the name of the first.
_WRITE = f"""
INSERT INTO network_postal_area (country, postal_code, name, region, source, latitude, longitude)
SELECT country, postal_code, (array_agg(name ORDER BY place))[1],
       (array_agg(region ORDER BY place))[1], 'geonames', avg(latitude), avg(longitude)
FROM {_INCOMING}
GROUP BY country, postal_code
ORDER BY country, postal_code
ON CONFLICT (country, postal_code) DO NOTHING
"""  # noqa: S608 - the table's name is ours
_COUNT = f"SELECT count(DISTINCT (country, postal_code)) FROM {_INCOMING}"  # noqa: S608 - ours
_COUNTRIES = f"SELECT DISTINCT country FROM {_INCOMING} ORDER BY country"  # noqa: S608 - ours


def import_postal_rows(
    *, rows: Iterable[PostalRow], source: str, now: datetime, actor: Actor
) -> ImportedAreas:
    """Replace what earlier imports wrote of the countries among *rows*; memory stays flat.

    What was loaded by the API stays. *source* is the file's name, for the audit log. Runs in the
    caller's transaction; readers see the old table until it commits. Raises DomainError (403) when
    the actor is limited to some organisations.
    """
    refuse_unless_whole_group(actor)
    lock_network()
    execute(f"DROP TABLE IF EXISTS {_INCOMING}")  # of an earlier call in this transaction
    execute(_MAKE_ROOM)
    read = sum(copy_rows(_INCOMING, _COLUMNS, batch) for batch in _batches(rows))
    countries = [country for (country,) in fetch_all(_COUNTRIES)]
    codes = _count()
    removed = execute(_REMOVE, [countries])
    written = execute(_WRITE)
    result = ImportedAreas(
        countries=tuple(countries),
        rows=read,
        written=written,
        removed=removed,
        kept=codes - written,
    )
    if countries:
        record_audit([_fact(result, source, now, actor)])
        bump_revision(REVISION)
    return result


def _batches(rows: Iterable[PostalRow]) -> Iterator[list[PostalRow]]:
    waiting = iter(rows)
    while batch := list(islice(waiting, _BATCH)):
        yield batch


def _count() -> int:
    row = fetch_one(_COUNT)
    return 0 if row is None else int(row[0])


def _fact(result: ImportedAreas, source: str, now: datetime, actor: Actor) -> AuditFact:
    return AuditFact(
        actor=actor,
        action="network.import_postal_areas",
        entity_type="postal_area",
        entity_id=" ".join(result.countries),
        at=now,
        after={"rows": result.rows, "written": result.written, "removed": result.removed},
        reason=source,
    )

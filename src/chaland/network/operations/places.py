"""Postal areas are loaded."""

from collections.abc import Sequence
from datetime import datetime

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.database.revision import bump_revision
from chaland.database.statements import fetch_all
from chaland.kernel.actor import Actor
from chaland.kernel.outcomes import OutcomeStatus, WriteOutcome
from chaland.network.operations.writing import (
    lock_network,
    refuse_unless_whole_group,
    rejected,
    repeated_code,
)
from chaland.network.queries.places import REVISION
from chaland.network.rules import postal_area_problems
from chaland.network.types import PostalAreaDraft

_UPSERT = """
INSERT INTO network_postal_area AS area (country, postal_code, name, latitude, longitude)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::float8[], %s::float8[])
ON CONFLICT (country, postal_code) DO UPDATE
SET name = EXCLUDED.name, latitude = EXCLUDED.latitude, longitude = EXCLUDED.longitude
WHERE (area.name, area.latitude, area.longitude)
    IS DISTINCT FROM (EXCLUDED.name, EXCLUDED.latitude, EXCLUDED.longitude)
RETURNING country, postal_code, xmax = 0
"""


def upsert_postal_areas(
    *, drafts: Sequence[PostalAreaDraft], now: datetime, actor: Actor, reason: str = ""
) -> list[WriteOutcome]:
    """Load where postal codes are; one statement. A bad item is rejected alone.

    The outcome's code is ``FR-75001``. The audit log keeps one line a call, with the
    number of areas. Raises DomainError (403) when the actor is limited to some organisations.
    """
    refuse_unless_whole_group(actor)
    lock_network()
    good: dict[tuple[str, str], PostalAreaDraft] = {}
    refused: dict[int, WriteOutcome] = {}
    for place, draft in enumerate(drafts):
        key = (draft.country, draft.postal_code)
        problems = postal_area_problems(draft)
        if key in good:
            problems = repeated_code()
        if problems:
            refused[place] = rejected(_code(draft), problems)
        else:
            good[key] = draft
    written = _write(list(good.values()))
    if written:
        countries = sorted({country for country, _ in written})
        count = {"areas": len(written), "countries": countries}
        fact = AuditFact(
            actor=actor,
            action="network.upsert_postal_area",
            entity_type="postal_area",
            entity_id=" ".join(countries),
            at=now,
            after=count,
            reason=reason,
        )
        record_audit([fact])
        bump_revision(REVISION)
    return [
        refused[place] if place in refused else _outcome(draft, written)
        for place, draft in enumerate(drafts)
    ]


def _write(drafts: Sequence[PostalAreaDraft]) -> dict[tuple[str, str], bool]:
    """Write the areas; return those that changed, and whether each is new."""
    if not drafts:
        return {}
    columns = [
        [getattr(draft, name) for draft in drafts]
        for name in ("country", "postal_code", "name", "latitude", "longitude")
    ]
    return {(country, code): new for country, code, new in fetch_all(_UPSERT, columns)}


def _outcome(draft: PostalAreaDraft, written: dict[tuple[str, str], bool]) -> WriteOutcome:
    new = written.get((draft.country, draft.postal_code))
    status: OutcomeStatus = "created" if new else "updated"
    return WriteOutcome(code=_code(draft), status="unchanged" if new is None else status)


def _code(draft: PostalAreaDraft) -> str:
    return f"{draft.country}-{draft.postal_code}"

"""A count is asked for: where, of what."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from chaland.accuracy.events import CountOpened
from chaland.accuracy.models import Count, CountLine
from chaland.accuracy.operations.freezing import freeze
from chaland.accuracy.operations.telling import tell
from chaland.accuracy.queries.priorities import what_to_count
from chaland.accuracy.types import CountDraft, CountKind, CountState, ListReason
from chaland.catalog.queries import sku_facts, sku_facts_by_id
from chaland.catalog.types import SkuFacts
from chaland.database.statements import fetch_all
from chaland.kernel.actor import Actor
from chaland.kernel.errors import FieldProblem, InvalidInputError
from chaland.kernel.ids import new_uuid
from chaland.network.queries import snapshot, visible_location_ids

MOST_LINES = 5_000

_OF_CATEGORY = """
SELECT p.sku_id
FROM inventory_position p
JOIN catalog_sku s ON s.id = p.sku_id
WHERE p.location_id = %s::int AND s.category = %s AND NOT s.is_kit
ORDER BY s.code
LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class _Item:
    facts: SkuFacts
    why: tuple[ListReason, ...] = ()


def open_count(*, draft: CountDraft, now: datetime, actor: Actor) -> UUID:
    """Make a count with its list; return its id.

    Raises InvalidInputError that names the field, having changed nothing.
    """
    location_id = _location(draft.location, actor)
    wanted = _list(draft, location_id, now)
    count = Count.objects.create(
        id=new_uuid(),
        location_id=location_id,
        kind=draft.kind.value,
        state=CountState.OPEN.value,
        name=draft.name,
        category=draft.category,
        blind=draft.blind,
        freeze=draft.freeze,
        due_on=draft.due_on,
        created_at=now,
        created_by=actor.id,
        created_by_label=actor.label,
    )
    lines = [
        CountLine(
            count_id=count.id,
            sku_id=item.facts.id,
            place=place,
            unit_cost=item.facts.unit_cost,
            why=[asdict(reason) for reason in item.why],
        )
        for place, item in enumerate(wanted, 1)
    ]
    freeze(count, lines, now=now, actor=actor)
    CountLine.objects.bulk_create(lines)
    tell(CountOpened, count, lines, action="open", before="", now=now, actor=actor)
    return count.id


def _location(code: str, actor: Actor) -> int:
    place = snapshot().location(code)
    visible = visible_location_ids(actor)
    if place is None or (visible is not None and place.id not in visible):
        raise InvalidInputError(
            [
                FieldProblem(
                    "location",
                    "unknown_location",
                    "there is no such location that you may change",
                    "check the code and the organisation of your key",
                )
            ]
        )
    return place.id


def _list(draft: CountDraft, location_id: int, now: datetime) -> Sequence[_Item]:
    match draft.kind:
        case CountKind.DIRECTED:
            return _by_risk(draft.limit, location_id, now)
        case CountKind.LIST:
            return [_Item(facts) for facts in _named(draft.skus)]
        case CountKind.CATEGORY:
            return [_Item(facts) for facts in _of_category(draft.category, location_id)]
        case CountKind.FREE:
            return []


def _by_risk(limit: int, location_id: int, now: datetime) -> list[_Item]:
    found = what_to_count(location_id, snapshot(), now=now, limit=limit)
    if not found:
        raise _problem(
            "kind",
            "nothing_to_count",
            "the location holds nothing that is not being counted already",
            "finish the counts that are open there",
        )
    facts = sku_facts_by_id([item.sku_id for item in found])
    return [_Item(facts[item.sku_id], item.reasons) for item in found]


def _named(codes: Sequence[str]) -> list[SkuFacts]:
    if not codes:
        raise _problem("skus", "missing", "a list needs SKUs", "name the SKUs to be counted")
    known = sku_facts(codes)
    problems = []
    for place, code in enumerate(codes):
        facts = known.get(code)
        if facts is None:
            problems.append(
                FieldProblem(
                    f"skus[{place}]", "unknown_sku", f"there is no SKU {code!r}", "create it first"
                )
            )
        elif facts.components:
            problems.append(
                FieldProblem(
                    f"skus[{place}]",
                    "kit_has_no_stock",
                    f"{code!r} is a kit, which has no stock of its own",
                    "count its components",
                )
            )
    if problems:
        raise InvalidInputError(problems)
    return [known[code] for code in dict.fromkeys(codes)]


def _of_category(category: str, location_id: int) -> list[SkuFacts]:
    if not category:
        raise _problem("category", "missing", "no category is named", "name the category")
    rows = fetch_all(_OF_CATEGORY, [location_id, category, MOST_LINES + 1])
    if not rows:
        raise _problem(
            "category",
            "nothing_to_count",
            "the location has nothing of this category",
            "check how the catalog writes it",
        )
    if len(rows) > MOST_LINES:
        raise _problem(
            "category",
            "too_much",
            f"a count has {MOST_LINES} lines at most",
            "name the SKUs in several lists",
        )
    facts = sku_facts_by_id([row[0] for row in rows])
    return [facts[row[0]] for row in rows]


def _problem(field: str, code: str, message: str, fix: str) -> InvalidInputError:
    return InvalidInputError([FieldProblem(field, code, message, fix)])

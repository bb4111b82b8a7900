"""Reads of the catalog room."""

import threading
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from chaland.catalog.rules import gtin_14, plain
from chaland.catalog.types import (
    Component,
    SkuChoice,
    SkuFacts,
    SkuProfile,
    SkuView,
    Tracking,
    VatClass,
)
from chaland.database.revision import read_revisions
from chaland.database.statements import fetch_all
from chaland.kernel.errors import NotFoundError

REVISION = "catalog"
MOST_REMEMBERED = 500_000

_guard = threading.Lock()
_revision = -1
_known: dict[str, SkuFacts] = {}

_FACTS = """
    SELECT sku.id, sku.code, sku.name, sku.weight_grams,
           sku.length_mm::bigint * sku.width_mm * sku.height_mm, sku.active, sku.restrictions,
           sku.vat_class, sku.tracking, sku.unit_cost, parts.ids, parts.codes, parts.quantities,
           sku.category, sku.tags, greatest(sku.length_mm, sku.width_mm, sku.height_mm),
           sku.ships_alone
    FROM catalog_sku AS sku
    LEFT JOIN LATERAL (
        SELECT array_agg(part.id ORDER BY part.id) AS ids,
               array_agg(part.code ORDER BY part.id) AS codes,
               array_agg(kit.quantity ORDER BY part.id) AS quantities
        FROM catalog_kit_component AS kit
        JOIN catalog_sku AS part ON part.id = kit.component_id
        WHERE kit.kit_id = sku.id
    ) AS parts ON sku.is_kit
    WHERE {condition}
"""
_BY_CODE = _FACTS.format(condition="sku.code = ANY(%s::text[])")
_BY_ID = _FACTS.format(condition="sku.id = ANY(%s::bigint[])")

_TRACKED = "SELECT id, tracking FROM catalog_sku WHERE tracking <> 'none' AND id = ANY(%s::int[])"

_VIEW = """
    SELECT sku.id, sku.code, sku.name, sku.weight_grams, sku.length_mm, sku.width_mm, sku.height_mm,
           sku.category, sku.tags, sku.vat_class, sku.restrictions, sku.active, sku.version,
           sku.tracking, sku.unit_cost,
           ARRAY(SELECT shown FROM catalog_gtin WHERE sku_id = sku.id ORDER BY gtin),
           parts.ids, parts.codes, parts.quantities, sku.ships_alone
    FROM catalog_sku AS sku
    LEFT JOIN LATERAL (
        SELECT array_agg(part.id ORDER BY part.id) AS ids,
               array_agg(part.code ORDER BY part.id) AS codes,
               array_agg(kit.quantity ORDER BY part.id) AS quantities
        FROM catalog_kit_component AS kit
        JOIN catalog_sku AS part ON part.id = kit.component_id
        WHERE kit.kit_id = sku.id
    ) AS parts ON sku.is_kit
    WHERE {condition}
    ORDER BY sku.code
    LIMIT %(limit)s
"""


_CHOICE = """
    FROM catalog_sku AS sku
    WHERE NOT sku.is_kit
      AND (%(codes)s::text[] IS NULL OR sku.code = ANY (%(codes)s::text[]))
      AND (%(tags)s::text[] IS NULL OR sku.tags && %(tags)s::text[])
      AND (%(categories)s::text[] IS NULL OR EXISTS (
          SELECT FROM unnest(%(categories)s::text[]) AS upper
          WHERE sku.category = upper OR (
              starts_with(sku.category, upper)
              AND ltrim(substr(sku.category, length(upper) + 1)) ~ '^[/>]'
          )))
"""
_COUNT = f"SELECT count(*) {_CHOICE}"
_IDS = f"SELECT sku.id {_CHOICE} ORDER BY sku.id"


def sku_facts(codes: Iterable[str], *, revision: int | None = None) -> dict[str, SkuFacts]:
    """Return what is known of each SKU that exists among *codes*; the others are absent.

    SKUs are remembered until the catalog changes, so a batch costs one small query for the
    revision (none when *revision*, that of ``catalog``, is given) and one for SKUs never asked for.
    """
    if revision is None:
        revision = read_revisions().get(REVISION, 0)
    known = _remembered(revision)
    wanted = set(codes)
    missing = [code for code in wanted if code not in known]
    if missing:
        known.update((facts.code, facts) for facts in map(_facts, fetch_all(_BY_CODE, [missing])))
    return {code: known[code] for code in wanted if code in known}


def identify(texts: Collection[str]) -> dict[str, tuple[int, bool]]:
    """Return the id of each SKU that these codes or GTINs name, and whether it is a kit.

    A code goes before a GTIN; what names nothing is absent.
    """
    wanted = list(texts)
    rows = fetch_all(
        "SELECT code, id, is_kit FROM catalog_sku WHERE code = ANY(%s::text[])", [wanted]
    )
    found: dict[str, tuple[int, bool]] = {row[0]: (row[1], row[2]) for row in rows}
    gtins = {text: gtin for text in wanted if text not in found and (gtin := gtin_14(text))}
    if gtins:
        rows = fetch_all(
            "SELECT g.gtin, sku.id, sku.is_kit FROM catalog_gtin AS g"
            " JOIN catalog_sku AS sku ON sku.id = g.sku_id WHERE g.gtin = ANY(%s::text[])",
            [list(gtins.values())],
        )
        known = {row[0]: (row[1], row[2]) for row in rows}
        found.update((text, known[gtin]) for text, gtin in gtins.items() if gtin in known)
    return found


def sku_facts_by_id(ids: Collection[int]) -> dict[int, SkuFacts]:
    """Return what is known of each SKU that exists among *ids*; one query."""
    return {facts.id: facts for facts in map(_facts, fetch_all(_BY_ID, [list(ids)]))}


def tracked_skus(ids: Collection[int]) -> dict[int, Tracking]:
    """Return how those of *ids* are told apart that are; the others are absent.

    One query of an index that holds tracked SKUs only, so it costs next to nothing for the rest.
    """
    rows = fetch_all(_TRACKED, [list(ids)])
    return {row[0]: Tracking(row[1]) for row in rows}


def categories_in_use(categories: Collection[str]) -> set[str]:
    """Return those of *categories* that a SKU is in, or in a sub-category of which one is.

    A sub-category's name begins with the category's, and ``/`` or ``>`` behind it.
    """
    rows = fetch_all(
        "SELECT wanted FROM unnest(%s::text[]) AS wanted WHERE EXISTS ("
        " SELECT FROM catalog_sku AS sku WHERE sku.category = wanted"
        " OR (starts_with(sku.category, wanted)"
        " AND ltrim(substr(sku.category, length(wanted) + 1)) ~ '^[/>]'))",
        [list(categories)],
    )
    return {row[0] for row in rows}


def categories(limit: int = 500) -> list[str]:
    """Return the categories that SKUs are in, in order; as many steps along the index as answers.

    PostgreSQL Wiki, "Loose indexscan".
    """
    rows = fetch_all(
        "WITH RECURSIVE found AS ("
        " (SELECT category FROM catalog_sku WHERE category > '' ORDER BY category LIMIT 1)"
        " UNION ALL SELECT (SELECT category FROM catalog_sku WHERE category > found.category"
        " ORDER BY category LIMIT 1) FROM found WHERE found.category IS NOT NULL)"
        " SELECT category FROM found WHERE category IS NOT NULL LIMIT %s",
        [limit],
    )
    return [row[0] for row in rows]


def tags(limit: int = 500) -> list[str]:
    """Return the tags that SKUs have, in order. Reads every SKU: for screens, not for requests."""
    rows = fetch_all(
        "SELECT DISTINCT unnest(tags) AS tag FROM catalog_sku ORDER BY tag LIMIT %s", [limit]
    )
    return [row[0] for row in rows]


def count_skus_in(choices: Sequence[SkuChoice]) -> list[int]:
    """Return how many SKUs with stock of their own each of *choices* takes; a query for each."""
    return [int(fetch_all(_COUNT, _chosen(choice))[0][0]) for choice in choices]


def sku_ids_in(choice: SkuChoice) -> list[int]:
    """Return the ids of the SKUs with stock of their own that *choice* takes, in order."""
    return [row[0] for row in fetch_all(_IDS, _chosen(choice))]


def _chosen(choice: SkuChoice) -> dict[str, Any]:
    return {name: list(value) or None for name, value in choice._asdict().items()}


def sku_profiles(ids: Collection[int]) -> dict[int, SkuProfile]:
    """Return what rules may choose each SKU of *ids* by; one query, nothing is remembered."""
    rows = fetch_all(
        "SELECT id, code, category, tags FROM catalog_sku WHERE id = ANY(%s::int[])", [list(ids)]
    )
    return {row[0]: SkuProfile(row[1], row[2], frozenset(row[3])) for row in rows}


def skus_of_gtins(gtins: Iterable[str]) -> dict[str, SkuFacts]:
    """Return what is known of the SKUs with these bar codes, by the code as it was given.

    A GTIN of any length is meant; what is none, or is nobody's, is absent. Two queries.
    """
    digits = {text: found for text in gtins if (found := gtin_14(text))}
    if not digits:
        return {}
    rows = fetch_all(
        "SELECT gtin, sku_id FROM catalog_gtin WHERE gtin = ANY(%s::text[])",
        [sorted(set(digits.values()))],
    )
    ids = dict(rows)
    facts = sku_facts_by_id(set(ids.values()))
    return {text: facts[ids[found]] for text, found in digits.items() if found in ids}


def kits_with(part_ids: Collection[int]) -> list[int]:
    """Return the ids of the kits that hold any of these SKUs; one query, none for no SKU."""
    if not part_ids:
        return []
    rows = fetch_all(
        "SELECT DISTINCT kit_id FROM catalog_kit_component WHERE component_id = ANY(%s::int[])",
        [list(part_ids)],
    )
    return [row[0] for row in rows]


def sku_ids_after(sku_id: int, *, limit: int) -> list[int]:
    """Return the ids of the next *limit* SKUs behind one, ascending."""
    rows = fetch_all(
        "SELECT id FROM catalog_sku WHERE id > %s ORDER BY id LIMIT %s", [sku_id, limit]
    )
    return [row[0] for row in rows]


def count_skus() -> int:
    """Return how many SKUs there are."""
    [(count,)] = fetch_all("SELECT count(*) FROM catalog_sku")
    return int(count)


def sku(code: str) -> SkuView:
    """Return everything about one SKU. Raises NotFoundError."""
    found = skus([code])
    if not found:
        raise NotFoundError("SKU", code)
    return found[0]


def skus(codes: Sequence[str]) -> list[SkuView]:
    """Return everything about the SKUs that exist among *codes*, by code."""
    rows = fetch_all(
        _VIEW.format(condition="sku.code = ANY(%(codes)s::text[])"),
        {"codes": list(codes), "limit": len(codes)},
    )
    return [_view(row) for row in rows]


def search_skus(
    *, q: str = "", category: str = "", active: bool | None = None, after: str = "", limit: int = 50
) -> list[SkuView]:
    """Return up to *limit* SKUs by code, from the one after the code *after*.

    *q* is a bar code, a code, or beginnings of words of name, code and category, all of which must
    be there; accents and capitals do not matter.
    """
    conditions = ["sku.code > %(after)s"]
    params: dict[str, Any] = {"after": after, "limit": limit, "category": category}
    if q.strip():
        conditions.append(_match(q.strip(), params))
    if category:
        conditions.append("sku.category = %(category)s")
    if active is not None:
        conditions.append("sku.active" if active else "NOT sku.active")
    rows = fetch_all(_VIEW.format(condition=" AND ".join(conditions)), params)
    return [_view(row) for row in rows]


def _match(q: str, params: dict[str, Any]) -> str:
    """Return the condition that finds *q*, and put its values into *params*."""
    if gtin := gtin_14(q):
        params.update(gtin=gtin, code=q)
        return (
            "(sku.code = %(code)s OR sku.id IN"
            " (SELECT sku_id FROM catalog_gtin WHERE gtin = %(gtin)s))"
        )
    words = plain(q).split()
    params.update(code=q, words=" & ".join(f"'{word}':*" for word in words))
    if not words:
        return "sku.code = %(code)s"
    return (
        "(sku.code = %(code)s OR to_tsvector('simple'::regconfig, COALESCE(sku.search_text, ''))"
        " @@ to_tsquery('simple', %(words)s))"
    )


def _remembered(revision: int) -> dict[str, SkuFacts]:
    """Return the memory that belongs to *revision*; a new one replaces the old."""
    global _revision, _known
    with _guard:
        if _revision != revision or len(_known) > MOST_REMEMBERED:
            _revision, _known = revision, {}
        return _known


def _facts(row: tuple[Any, ...]) -> SkuFacts:
    return SkuFacts(
        id=row[0],
        code=row[1],
        name=row[2],
        weight_grams=row[3],
        volume_cm3=-(-row[4] // 1000),
        active=row[5],
        restrictions=frozenset(row[6]),
        vat_class=VatClass(row[7]),
        tracking=Tracking(row[8]),
        unit_cost=row[9],
        components=_components(*row[10:13]),
        category=row[13],
        tags=frozenset(row[14]),
        longest_mm=row[15],
        ships_alone=row[16],
    )


def _view(row: tuple[Any, ...]) -> SkuView:
    return SkuView(
        id=row[0],
        code=row[1],
        name=row[2],
        weight_grams=row[3],
        length_mm=row[4],
        width_mm=row[5],
        height_mm=row[6],
        category=row[7],
        tags=tuple(row[8]),
        vat_class=VatClass(row[9]),
        restrictions=tuple(row[10]),
        active=row[11],
        version=row[12],
        tracking=Tracking(row[13]),
        unit_cost=row[14],
        gtins=tuple(row[15]),
        components=_components(*row[16:19]),
        ships_alone=row[19],
    )


def _components(
    ids: list[int] | None, codes: list[str] | None, quantities: list[int] | None
) -> tuple[Component, ...]:
    return tuple(map(Component, ids or (), codes or (), quantities or ()))

"""The rows of SKUs, their bar codes and components are written."""

from collections.abc import Sequence
from dataclasses import dataclass

from chaland.catalog.models import Gtin, KitComponent, Sku
from chaland.catalog.rules import Form, gtins_14, search_text
from chaland.catalog.types import SkuDraft

_FIELDS = [
    "name", "weight_grams", "length_mm", "width_mm", "height_mm", "category", "tags", "vat_class",
    "tracking", "unit_cost", "restrictions", "ships_alone", "active", "is_kit", "search_text",
    "version",
]  # fmt: skip


BATCH = 2_000
"""SKUs in one statement: PostgreSQL takes 65,535 parameters, a SKU needs less than 20."""


@dataclass(frozen=True, slots=True)
class Change:
    """A SKU as it was (None: it was not) and as it shall be, at its new version."""

    draft: SkuDraft
    before: Form | None
    after: Form
    version: int


def write(changes: Sequence[Change]) -> None:
    """Write SKUs, then replace their bar codes and components."""
    if not changes:
        return
    Sku.objects.bulk_create(
        [_row(change.draft, change.version) for change in changes],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=_FIELDS,
    )
    drafts = [change.draft for change in changes]
    codes = {draft.code for draft in drafts}
    parts = {item.code for draft in drafts for item in draft.components}
    ids = dict(Sku.objects.filter(code__in=codes | parts).values_list("code", "id"))
    written = [ids[code] for code in codes]
    Gtin.objects.filter(sku_id__in=written).delete()
    Gtin.objects.bulk_create(
        (
            Gtin(gtin=digits, sku_id=ids[draft.code], shown=text)
            for draft in drafts
            for digits, text in gtins_14(draft).items()
        ),
        batch_size=BATCH,
    )
    KitComponent.objects.filter(kit_id__in=written).delete()
    KitComponent.objects.bulk_create(
        (
            KitComponent(
                kit_id=ids[draft.code], component_id=ids[item.code], quantity=item.quantity
            )
            for draft in drafts
            for item in draft.components
        ),
        batch_size=BATCH,
    )


def _row(draft: SkuDraft, version: int) -> Sku:
    return Sku(
        code=draft.code,
        name=draft.name,
        weight_grams=draft.weight_grams,
        length_mm=draft.length_mm,
        width_mm=draft.width_mm,
        height_mm=draft.height_mm,
        category=draft.category,
        tags=sorted(set(draft.tags)),
        vat_class=draft.vat_class.value,
        tracking=draft.tracking.value,
        unit_cost=draft.unit_cost,
        restrictions=sorted(set(draft.restrictions)),
        ships_alone=draft.ships_alone,
        active=draft.active,
        is_kit=bool(draft.components),
        search_text=search_text(draft),
        version=version,
    )

"""Pure checks of what is written about SKUs."""

import re
import unicodedata
from decimal import Decimal

from chaland.catalog.types import SkuDraft, SkuView, Tracking
from chaland.kernel.codes import is_code
from chaland.kernel.errors import FieldProblem
from chaland.kernel.restrictions import restriction_problems

MOST_GTINS, MOST_TAGS, MOST_COMPONENTS, MOST_UNITS_IN_KIT = 50, 50, 100, 1000
HEAVIEST_GRAMS, LONGEST_MM = 10_000_000, 100_000
HIGHEST_COST, FINEST_COST = Decimal(10_000_000), Decimal("0.0001")
LONGEST_NAME, LONGEST_CATEGORY, LONGEST_TAG = 300, 200, 64
_GTIN_LENGTHS = frozenset({8, 12, 13, 14})


def gtin_14(text: str) -> str | None:
    """Return a GTIN-8, -12, -13 or -14 as 14 digits, or None when *text* is none of them.

    The last digit must be the check digit of GS1 (General Specifications §7.9).
    """
    if len(text) not in _GTIN_LENGTHS or not text.isascii() or not text.isdecimal():
        return None
    digits = text.zfill(14)
    total = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(digits))
    return digits if total % 10 == 0 and total else None


def gtins_14(draft: SkuDraft) -> dict[str, str]:
    """Return the valid bar codes of *draft* by their GTIN-14, each as it was given."""
    pairs = ((gtin_14(text), text) for text in draft.gtins)
    return {digits: text for digits, text in pairs if digits}


def search_text(draft: SkuDraft) -> str:
    """Return the words by which a SKU is found: code, name and category without accents."""
    return plain(f"{draft.code} {draft.name} {draft.category}")


def plain(text: str) -> str:
    """Return *text* in small letters and without accents, words separated by one space."""
    bare = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text.casefold())
        if not unicodedata.combining(letter)
    )
    return " ".join(re.findall(r"\w+", bare))


def problems_of(draft: SkuDraft) -> list[FieldProblem]:
    """Return everything that is wrong with *draft* on its own; empty when nothing is."""
    return [
        *_text_problems(draft),
        *_number_problems(draft),
        *_gtin_problems(draft),
        *_component_problems(draft),
    ]


def _text_problems(draft: SkuDraft) -> list[FieldProblem]:
    found = []
    if not is_code(draft.code):
        found.append(
            FieldProblem(
                "code",
                "invalid_code",
                f"{draft.code!r} is not a code",
                "Use 1 to 64 letters, digits, dots, dashes or underscores.",
            )
        )
    if not draft.name.strip() or len(draft.name) > LONGEST_NAME:
        found.append(
            FieldProblem(
                "name",
                "invalid_name",
                "the name is empty or too long",
                f"Send 1 to {LONGEST_NAME} characters.",
            )
        )
    if len(draft.category) > LONGEST_CATEGORY:
        found.append(
            FieldProblem(
                "category",
                "too_long",
                "the category is too long",
                f"Send at most {LONGEST_CATEGORY} characters.",
            )
        )
    if len(draft.tags) > MOST_TAGS or not all(0 < len(tag) <= LONGEST_TAG for tag in draft.tags):
        found.append(
            FieldProblem(
                "tags",
                "invalid_tags",
                "there are too many tags, or one is empty or too long",
                f"Send at most {MOST_TAGS} tags of 1 to {LONGEST_TAG} characters.",
            )
        )
    found.extend(restriction_problems("restrictions", draft.restrictions))
    return found


def _number_problems(draft: SkuDraft) -> list[FieldProblem]:
    limits = {
        "weight_grams": (draft.weight_grams, HEAVIEST_GRAMS),
        "length_mm": (draft.length_mm, LONGEST_MM),
        "width_mm": (draft.width_mm, LONGEST_MM),
        "height_mm": (draft.height_mm, LONGEST_MM),
    }
    found = [
        FieldProblem(field, "out_of_range", f"{value} is out of range", f"Send 0 to {most}.")
        for field, (value, most) in limits.items()
        if not 0 <= value <= most
    ]
    if draft.unit_cost is not None and not _is_cost(draft.unit_cost):
        found.append(
            FieldProblem(
                "unit_cost",
                "out_of_range",
                f"{draft.unit_cost} is no cost of one unit",
                f"Send 0 to {HIGHEST_COST} with four decimals at most.",
            )
        )
    return found


def _is_cost(value: Decimal) -> bool:
    return value.is_finite() and 0 <= value <= HIGHEST_COST and value == value.quantize(FINEST_COST)


def _gtin_problems(draft: SkuDraft) -> list[FieldProblem]:
    if len(draft.gtins) > MOST_GTINS:
        return [
            FieldProblem(
                "gtins", "too_many", f"{len(draft.gtins)} bar codes", f"Send at most {MOST_GTINS}."
            )
        ]
    found = []
    seen: set[str] = set()
    for place, text in enumerate(draft.gtins):
        digits = gtin_14(text)
        if digits is None:
            found.append(
                FieldProblem(
                    f"gtins[{place}]",
                    "invalid_gtin",
                    f"{text[:20]!r} is not a GTIN",
                    "Send 8, 12, 13 or 14 digits that end in a valid check digit.",
                )
            )
        elif digits in seen:
            found.append(
                FieldProblem(
                    f"gtins[{place}]", "repeated_gtin", f"{text} is given twice", "Send it once."
                )
            )
        else:
            seen.add(digits)
    return found


def _component_problems(draft: SkuDraft) -> list[FieldProblem]:
    if len(draft.components) > MOST_COMPONENTS:
        return [
            FieldProblem(
                "components",
                "too_many",
                f"{len(draft.components)} components",
                f"Send at most {MOST_COMPONENTS}.",
            )
        ]
    found = []
    if draft.components and draft.tracking != Tracking.NONE:
        found.append(
            FieldProblem(
                "tracking",
                "kit_has_no_stock",
                "a kit has no stock of its own to follow",
                "Track its components instead.",
            )
        )
    seen: set[str] = set()
    for place, item in enumerate(draft.components):
        if not 1 <= item.quantity <= MOST_UNITS_IN_KIT:
            found.append(
                FieldProblem(
                    f"components[{place}].quantity",
                    "out_of_range",
                    f"{item.quantity} is out of range",
                    f"Send 1 to {MOST_UNITS_IN_KIT}.",
                )
            )
        if item.code == draft.code:
            found.append(
                FieldProblem(
                    f"components[{place}].sku",
                    "kit_in_itself",
                    "a kit cannot hold itself",
                    "Name another SKU.",
                )
            )
        if item.code in seen:
            found.append(
                FieldProblem(
                    f"components[{place}].sku",
                    "repeated_component",
                    f"{item.code!r} is given twice",
                    "Send it once, with the sum of the quantities.",
                )
            )
        seen.add(item.code)
    return found


Form = dict[str, object]


def sku_form(thing: SkuDraft | SkuView) -> Form:
    """Return a SKU as plain JSON, in one form for drafts and for what is stored.

    Two forms are equal exactly when a write would change nothing; the audit log keeps both.
    """
    names = (
        "name", "weight_grams", "length_mm", "width_mm", "height_mm", "category", "ships_alone",
        "active",
    )  # fmt: skip
    return {name: getattr(thing, name) for name in names} | {
        "vat_class": thing.vat_class.value,
        "tracking": thing.tracking.value,
        "unit_cost": None
        if thing.unit_cost is None
        else str(thing.unit_cost.quantize(FINEST_COST)),
        "gtins": sorted(thing.gtins),
        "tags": sorted(set(thing.tags)),
        "restrictions": sorted(set(thing.restrictions)),
        "components": sorted([item.code, item.quantity] for item in thing.components),
    }

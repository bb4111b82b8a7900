"""Rate cards: what is wrong with one, how a table reads as one, and what it changes."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from chaland.kernel.errors import FieldProblem
from chaland.promise.rules.areas import area_from
from chaland.promise.rules.charges import amount_problems, areas_problems
from chaland.promise.types import Area, RateCardDraft, RateChange, RateRow

MOST_ROWS = 5_000
HEAVIEST_GRAMS = 2_000_000
LONGEST_KM = 20_038
COLUMNS = ("areas", "max_weight_kg", "up_to_km", "price")

_HEADING = ",".join(COLUMNS)
_GRAMS_PER_KG = 1000
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class LineProblem:
    """What is wrong in one line of a table; the heading is line 1."""

    line: int
    problem: FieldProblem


def card_problems(draft: RateCardDraft) -> list[FieldProblem]:
    """Return what is wrong with *draft*, its origin aside; empty when nothing is."""
    problems: list[FieldProblem] = []
    if not 1 <= len(draft.rows) <= MOST_ROWS:
        fix = f"Send 1 to {MOST_ROWS} prices."
        problems.append(FieldProblem("rows", "wrong_length", f"has {len(draft.rows)}", fix))
    seen: set[tuple[Area, int, int | None]] = set()
    for number, row in enumerate(draft.rows):
        problems += row_problems(row, seen, f"rows[{number}].")
    return problems


def row_problems(
    row: RateRow, seen: set[tuple[Area, int, int | None]], prefix: str = ""
) -> Iterator[FieldProblem]:
    """Yield what is wrong with one price; *seen* gathers what earlier ones are for."""
    yield from areas_problems(f"{prefix}areas", row.areas)
    if not 1 <= row.max_weight_grams <= HEAVIEST_GRAMS:
        fix = f"Send more than 0 and up to {HEAVIEST_GRAMS} g."
        yield FieldProblem(
            f"{prefix}max_weight_grams", "out_of_range", f"{row.max_weight_grams} g", fix
        )
    if row.up_to_km is not None and not 1 <= row.up_to_km <= LONGEST_KM:
        fix = f"Send 1 to {LONGEST_KM} km, or nothing for any distance."
        yield FieldProblem(f"{prefix}up_to_km", "out_of_range", f"{row.up_to_km} km", fix)
    yield from amount_problems(f"{prefix}price", row.price)
    for area in row.areas:
        key = area, row.max_weight_grams, row.up_to_km
        if key in seen:
            yield FieldProblem(
                f"{prefix}areas", "repeated", f"{area} has a price for this already",
                "Give one price for each area, weight and distance.",
            )  # fmt: skip
        seen.add(key)


def read_table(text: str) -> tuple[tuple[RateRow, ...], list[LineProblem]]:
    """Read a table with a heading, comma or semicolon between fields, and what is wrong in it.

    Columns: ``areas`` (``FR``, or several with blanks between: ``FR-2A FR-20``; ``*``: all others),
    ``max_weight_kg``, ``up_to_km`` (empty or left out: any distance) and ``price``.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    separator = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
    reader = csv.DictReader(lines, delimiter=separator, restkey="more")
    names = [name.strip().lower() for name in reader.fieldnames or ()]
    reader.fieldnames = names
    missing = [name for name in COLUMNS if name != "up_to_km" and name not in names]
    if missing:
        message = f"lacks {', '.join(missing)}"
        fix = f"Begin with the line {_HEADING}."
        return (), [LineProblem(1, FieldProblem("heading", "missing", message, fix))]
    rows: list[RateRow] = []
    problems: list[LineProblem] = []
    seen: set[tuple[Area, int, int | None]] = set()
    for fields in reader:
        row, wrong = _row(fields)
        if row is not None:
            wrong += row_problems(row, seen)
            rows.append(row)
        problems += [LineProblem(reader.line_num, item) for item in wrong]
    if not rows and not problems:
        fix = "Send at least one price."
        problems.append(LineProblem(1, FieldProblem("rows", "empty", "holds no price", fix)))
    if len(rows) > MOST_ROWS:
        fix = f"Send {MOST_ROWS} prices at most."
        message = f"holds {len(rows)} prices"
        problems.append(LineProblem(1, FieldProblem("rows", "wrong_length", message, fix)))
    return tuple(rows), problems


def changes_between(before: Sequence[RateRow], after: Sequence[RateRow]) -> list[RateChange]:
    """Return each price that is new, gone or another, by area, weight and distance."""
    old, new = _by_key(before), _by_key(after)
    keys = sorted({*old, *new}, key=lambda key: (key[0], key[1], key[2] is None, key[2] or 0))
    return [
        RateChange(
            area=str(key[0]),
            max_weight_grams=key[1],
            up_to_km=key[2],
            before=old.get(key),
            after=new.get(key),
        )
        for key in keys
        if old.get(key) != new.get(key)
    ]


def _by_key(rows: Sequence[RateRow]) -> dict[tuple[Area, int, int | None], Decimal]:
    return {
        (area, row.max_weight_grams, row.up_to_km): row.price for row in rows for area in row.areas
    }


def _row(fields: Mapping[str, str | None]) -> tuple[RateRow | None, list[FieldProblem]]:
    problems: list[FieldProblem] = []
    if fields.get("more"):
        fix = f"Give {_HEADING}."
        problems.append(FieldProblem("line", "too_many_fields", "has too many fields", fix))
    areas = [(text, area_from(text)) for text in (fields.get("areas") or "").split()]
    for text, area in areas:
        if area is None:
            fix = "Send areas like FR, FR-20, or * for all others."
            problems.append(FieldProblem("areas", "malformed", f"{text!r} is no area", fix))
    weight = _number(fields, "max_weight_kg", problems)
    price = _number(fields, "price", problems)
    far = _number(fields, "up_to_km", problems) if (fields.get("up_to_km") or "").strip() else None
    if price is not None and price != price.quantize(_CENT):
        fix = "Send two decimals at most."
        problems.append(FieldProblem("price", "too_many_decimals", f"{price}", fix))
    grams = None if weight is None else weight * _GRAMS_PER_KG
    if grams is not None and grams != int(grams):
        fix = "Send three decimals at most."
        problems.append(FieldProblem("max_weight_kg", "too_many_decimals", f"{weight}", fix))
    if far is not None and far != int(far):
        problems.append(FieldProblem("up_to_km", "not_whole", f"{far}", "Send whole kilometres."))
    if problems or grams is None or price is None:
        return None, problems
    return (
        RateRow(
            areas=tuple(area for _, area in areas if area is not None),
            max_weight_grams=int(grams),
            up_to_km=None if far is None else int(far),
            price=price,
        ),
        [],
    )


def _number(
    fields: Mapping[str, str | None], name: str, problems: list[FieldProblem]
) -> Decimal | None:
    text = (fields.get(name) or "").strip().replace(",", ".")
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > HEAVIEST_GRAMS:
        problems.append(
            FieldProblem(name, "not_a_number", f"{text!r} is no number", "Send a number like 4.90.")
        )
        return None
    return number

"""What the customer pays for delivery, and what is wrong with a table of it."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from chaland.kernel.codes import is_code
from chaland.kernel.errors import FieldProblem
from chaland.promise.rules.areas import AreaMap
from chaland.promise.rules.charges import amount_problems, areas_problems
from chaland.promise.rules.rate_cards import HEAVIEST_GRAMS
from chaland.promise.types import Area, DeliveryPriceRow, DeliveryPrices, DeliveryPricesDraft

MOST_ROWS = 500
HIGHEST_VALUE = Decimal(1_000_000)


def delivery_price(
    tables: Iterable[DeliveryPrices],
    *,
    method: str,
    channel: str,
    service: str,
    country: str,
    postal_code: str,
    value: Decimal,
    weight_grams: int,
) -> Decimal | None:
    """Return what the customer pays; None where no table says it.

    Of a table, the rows of the finest area that has any which fits; of these the lightest weight
    that is enough, and of these the highest value reached.
    """
    fitting = [
        table
        for table in tables
        if table.method == method
        and table.channel in ("", channel)
        and table.service in ("", service)
    ]
    fitting.sort(key=lambda table: (table.service == "", table.channel == ""))
    for table in fitting:
        found = _row(table.rows, country, postal_code, value, weight_grams)
        if found is not None:
            return found.price
    return None


def _row(
    rows: Iterable[DeliveryPriceRow], country: str, postal_code: str, value: Decimal, grams: int
) -> DeliveryPriceRow | None:
    usable = [
        row
        for row in rows
        if row.from_value <= value
        and (row.max_weight_grams is None or grams <= row.max_weight_grams)
    ]
    areas = AreaMap(area for row in usable for area in row.areas)
    area = areas.areas[areas.place_of(country, postal_code)]
    there = [row for row in usable if area in row.areas]
    return min(there, key=lambda row: (_weight(row), -row.from_value), default=None)


def _weight(row: DeliveryPriceRow) -> int:
    return HEAVIEST_GRAMS + 1 if row.max_weight_grams is None else row.max_weight_grams


def delivery_price_problems(draft: DeliveryPricesDraft) -> Iterator[FieldProblem]:
    """Yield what is wrong with *draft*."""
    if not is_code(draft.code):
        fix = "Use 1 to 64 letters, digits, dots, dashes or underscores."
        yield FieldProblem("code", "malformed", f"{draft.code!r} is no code", fix)
    if not 1 <= len(draft.rows) <= MOST_ROWS:
        fix = f"Send 1 to {MOST_ROWS} prices."
        yield FieldProblem("rows", "wrong_length", f"has {len(draft.rows)}", fix)
    seen: set[tuple[Area, Decimal, int | None]] = set()
    for number, row in enumerate(draft.rows):
        field = f"rows[{number}]"
        yield from areas_problems(f"{field}.areas", row.areas)
        yield from amount_problems(f"{field}.price", row.price)
        if not 0 <= row.from_value <= HIGHEST_VALUE:
            fix = f"Send an amount from 0 to {HIGHEST_VALUE}."
            yield FieldProblem(f"{field}.from_value", "out_of_range", f"{row.from_value}", fix)
        for area in row.areas:
            key = area, row.from_value, row.max_weight_grams
            if key in seen:
                yield FieldProblem(
                    f"{field}.areas", "repeated", f"{area} has a price for this already",
                    "Give one price for each area, value and weight.",
                )  # fmt: skip
            seen.add(key)

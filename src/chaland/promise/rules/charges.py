"""What is wrong with surcharges and boxes as stated: each problem names its field and the fix."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from chaland.kernel.codes import is_country
from chaland.kernel.errors import FieldProblem
from chaland.promise.rules.areas import EVERYWHERE
from chaland.promise.types import Area, Box, Charges

HIGHEST_PRICE = Decimal(10_000)
HIGHEST_PERCENT = Decimal(500)
HIGHEST_CO2_GRAMS = 100_000
DIVISORS = range(100, 100_001)
LARGEST_MM = 100_000
LARGEST_CM3 = 100_000_000
MOST_ENTRIES = 50


def charges_problems(charges: Charges, heaviest_grams: int) -> Iterator[FieldProblem]:
    """Yield what is wrong with *charges* where parcels weigh *heaviest_grams* at most."""
    divisor = charges.volumetric_divisor
    if divisor is not None and divisor not in DIVISORS:
        fix = f"Send cm³ per kilogram, from {DIVISORS[0]} to {DIVISORS[-1]}; 5000 is usual."
        yield FieldProblem("charges.volumetric_divisor", "out_of_range", f"{divisor}", fix)
    if not 0 <= charges.fuel_percent <= HIGHEST_PERCENT:
        fix = f"Send a percentage from 0 to {HIGHEST_PERCENT}."
        yield FieldProblem("charges.fuel_percent", "out_of_range", f"{charges.fuel_percent}", fix)
    amounts = {
        "per_parcel": charges.per_parcel,
        "oversize": charges.oversize,
        "saturday": charges.saturday,
        **{f"remote[{n}].amount": item.amount for n, item in enumerate(charges.remote)},
        **{f"seasons[{n}].amount": item.amount for n, item in enumerate(charges.seasons)},
        **{f"boxes[{n}].cost": item.cost for n, item in enumerate(charges.boxes)},
    }
    for name, amount in amounts.items():
        yield from amount_problems(f"charges.{name}", amount)
    yield from _sizes(charges)
    yield from _boxes(charges.boxes, heaviest_grams)
    for number, item in enumerate(charges.remote):
        yield from areas_problems(f"charges.remote[{number}].areas", item.areas)
    for number, season in enumerate(charges.seasons):
        if season.first > season.last:
            yield FieldProblem(
                f"charges.seasons[{number}].last", "not_after", "is before the first day",
                "Send the last day of the season, or the same day twice.",
            )  # fmt: skip


def amount_problems(field: str, amount: Decimal) -> Iterator[FieldProblem]:
    """Yield a problem unless *amount* is one that a parcel can cost."""
    if not 0 <= amount <= HIGHEST_PRICE:
        fix = f"Send an amount from 0 to {HIGHEST_PRICE}."
        yield FieldProblem(field, "out_of_range", f"{amount}", fix)


def areas_problems(field: str, areas: Sequence[Area]) -> Iterator[FieldProblem]:
    """Yield a problem for each area whose country does not exist, and when there is none."""
    if not areas:
        yield FieldProblem(
            field, "empty", "names no area", "Send areas like FR, FR-20, or * for all others."
        )
    for area in areas:
        if area != EVERYWHERE and not is_country(area.country):
            yield FieldProblem(
                field, "unknown_country", f"{area.country!r} is no country",
                "Send areas like FR, FR-20, or * for all others.",
            )  # fmt: skip


def _sizes(charges: Charges) -> Iterator[FieldProblem]:
    if charges.oversize_mm is not None and not 1 <= charges.oversize_mm <= LARGEST_MM:
        fix = f"Send millimetres, from 1 to {LARGEST_MM}."
        yield FieldProblem("charges.oversize_mm", "out_of_range", f"{charges.oversize_mm}", fix)
    if not 0 <= charges.co2_grams_per_parcel <= HIGHEST_CO2_GRAMS:
        yield FieldProblem(
            "charges.co2_grams_per_parcel", "out_of_range", f"{charges.co2_grams_per_parcel}",
            f"Send grams, from 0 to {HIGHEST_CO2_GRAMS}.",
        )  # fmt: skip
    for name, entries in {
        "remote": charges.remote, "seasons": charges.seasons, "boxes": charges.boxes
    }.items():  # fmt: skip
        if len(entries) > MOST_ENTRIES:
            fix = f"Send {MOST_ENTRIES} at most."
            yield FieldProblem(f"charges.{name}", "wrong_length", f"has {len(entries)}", fix)


def _boxes(boxes: Sequence[Box], heaviest_grams: int) -> Iterator[FieldProblem]:
    smaller = 0
    for number, box in enumerate(boxes):
        if not smaller < box.volume_cm3 <= LARGEST_CM3:
            yield FieldProblem(
                f"charges.boxes[{number}].volume_cm3", "not_rising", f"{box.volume_cm3} cm³",
                f"Send the smallest box first, from 1 to {LARGEST_CM3} cm³.",
            )  # fmt: skip
        smaller = box.volume_cm3
        if not 0 <= box.tare_grams < heaviest_grams:
            yield FieldProblem(
                f"charges.boxes[{number}].tare_grams", "out_of_range", f"{box.tare_grams} g",
                f"Send less than the heaviest parcel, {heaviest_grams} g.",
            )  # fmt: skip

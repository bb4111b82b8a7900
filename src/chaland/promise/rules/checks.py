"""What is wrong with a carrier's service as stated: each problem names its field and the fix."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from chaland.kernel.codes import is_code, is_country
from chaland.kernel.errors import FieldProblem
from chaland.kernel.restrictions import restriction_problems
from chaland.promise.rules.charges import HIGHEST_PRICE, charges_problems
from chaland.promise.types import CarrierServiceDraft, PriceRow

LONGEST_NAME = 200
LONGEST_KM = 20_038  # half way round the Earth
LONGEST_TRANSIT_DAYS = 60
MOST_BANDS = 30
MOST_ROWS = 50
HEAVIEST_GRAMS = 2_000_000
HIGHEST_CO2 = Decimal(100)
WEEKDAYS = range(7)

_CODE_FIX = "Use 1 to 64 letters, digits, dots, dashes or underscores."


def service_problems(draft: CarrierServiceDraft) -> list[FieldProblem]:
    """Return what is wrong with *draft*; empty when nothing is."""
    return [
        *_names(draft),
        *_weekdays("collection_weekdays", draft.collection_weekdays),
        *_weekdays("delivery_weekdays", draft.delivery_weekdays),
        *_delivery_hours(draft),
        *_transit(draft),
        *_tariff(draft.tariff),
        *_countries(draft.countries),
        *restriction_problems("refused_restrictions", draft.refused_restrictions),
        *_numbers(draft),
        *charges_problems(draft.charges, draft.max_weight_grams if draft.tariff else 1),
    ]


def _names(draft: CarrierServiceDraft) -> Iterator[FieldProblem]:
    codes = {"code": draft.code, "carrier.code": draft.carrier_code}
    for field, code in codes.items():
        if not is_code(code):
            yield FieldProblem(field, "malformed", f"{code!r} is no code", _CODE_FIX)
    for field, name in {"name": draft.name, "carrier.name": draft.carrier_name}.items():
        if not 1 <= len(name) <= LONGEST_NAME:
            fix = f"Send 1 to {LONGEST_NAME} characters."
            yield FieldProblem(field, "wrong_length", f"has {len(name)} characters", fix)


def _weekdays(field: str, days: Sequence[int]) -> Iterator[FieldProblem]:
    if not days or len(set(days)) != len(days) or any(day not in WEEKDAYS for day in days):
        yield FieldProblem(
            field, "not_weekdays", f"{list(days)} are no different weekdays",
            "Send at least one of 0 (Monday) to 6 (Sunday), each once.",
        )  # fmt: skip


def _delivery_hours(draft: CarrierServiceDraft) -> Iterator[FieldProblem]:
    if draft.delivery_from >= draft.delivery_until:
        yield FieldProblem(
            "delivery_until", "not_after", "is not after delivery_from",
            "Send a later time of the same day.",
        )  # fmt: skip


def _transit(draft: CarrierServiceDraft) -> Iterator[FieldProblem]:
    yield from _rising("transit", [band.up_to_km for band in draft.transit_bands])
    for place, band in enumerate(draft.transit_bands):
        if not 0 <= band.earliest_days <= band.latest_days <= LONGEST_TRANSIT_DAYS:
            yield FieldProblem(
                f"transit[{place}].latest_days", "out_of_range",
                f"{band.earliest_days} to {band.latest_days} days",
                f"Send earliest_days ≤ latest_days, both from 0 to {LONGEST_TRANSIT_DAYS}.",
            )  # fmt: skip


def _tariff(rows: Sequence[PriceRow]) -> Iterator[FieldProblem]:
    if not 1 <= len(rows) <= MOST_ROWS:
        yield FieldProblem(
            "tariff", "wrong_length", f"has {len(rows)} weights", f"Send 1 to {MOST_ROWS} weights."
        )
    lighter = 0
    for place, row in enumerate(rows):
        field = f"tariff[{place}]"
        if not lighter < row.max_weight_grams <= HEAVIEST_GRAMS:
            yield FieldProblem(
                f"{field}.max_weight_grams", "not_rising", f"{row.max_weight_grams} g",
                f"Send weights in rising order, from 1 to {HEAVIEST_GRAMS} g.",
            )  # fmt: skip
        lighter = row.max_weight_grams
        yield from _rising(f"{field}.bands", [band.up_to_km for band in row.bands])
        for number, band in enumerate(row.bands):
            if not 0 <= band.price <= HIGHEST_PRICE:
                yield FieldProblem(
                    f"{field}.bands[{number}].price", "out_of_range", f"{band.price}",
                    f"Send an amount from 0 to {HIGHEST_PRICE}.",
                )  # fmt: skip


def _rising(field: str, limits: Sequence[int | None]) -> Iterator[FieldProblem]:
    """Check that bands end at rising distances; only the last may have no end."""
    if not 1 <= len(limits) <= MOST_BANDS:
        fix = f"Send 1 to {MOST_BANDS} bands."
        yield FieldProblem(field, "wrong_length", f"has {len(limits)} bands", fix)
    nearer = 0
    for place, limit in enumerate(limits):
        if limit is None:
            if place != len(limits) - 1:
                yield FieldProblem(
                    f"{field}[{place}].up_to_km", "endless", "a band without end hides the next",
                    "Leave out up_to_km in the last band only.",
                )  # fmt: skip
        elif not nearer < limit <= LONGEST_KM:
            yield FieldProblem(
                f"{field}[{place}].up_to_km", "not_rising", f"{limit} km after {nearer} km",
                f"Send distances in rising order, from 1 to {LONGEST_KM} km.",
            )  # fmt: skip
        nearer = limit or nearer


def _countries(countries: Sequence[str]) -> Iterator[FieldProblem]:
    for place, country in enumerate(countries):
        if not is_country(country):
            yield FieldProblem(
                f"countries[{place}]", "unknown_country", f"{country!r} is no country",
                "Send an ISO 3166-1 code like FR.",
            )  # fmt: skip


def _numbers(draft: CarrierServiceDraft) -> Iterator[FieldProblem]:
    if not 0 < draft.stated_confidence <= 1:
        yield FieldProblem(
            "stated_confidence", "out_of_range", f"{draft.stated_confidence}",
            "Send a share above 0 and up to 1, like 0.95.",
        )  # fmt: skip
    if not 0 <= draft.co2_grams_per_kg_km <= HIGHEST_CO2:
        yield FieldProblem(
            "co2_grams_per_kg_km", "out_of_range", f"{draft.co2_grams_per_kg_km}",
            f"Send a number from 0 to {HIGHEST_CO2}.",
        )  # fmt: skip

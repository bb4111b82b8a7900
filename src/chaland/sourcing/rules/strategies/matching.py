"""Whether an order fits a rule's conditions: they become a few small tests, made once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from chaland.catalog.types import is_below
from chaland.sourcing.types import Between, Conditions, Demand, DemandLine, Items

_GRAMS = 1000


@dataclass(frozen=True, slots=True)
class LocalMoment:
    """The moment of a decision as the retailer's clocks show it."""

    day: date
    weekday: int
    clock: time

    @classmethod
    def of(cls, moment: datetime, zone: ZoneInfo) -> "LocalMoment":
        """Return *moment* (with offset) in *zone*."""
        local = moment.astimezone(zone)
        return cls(local.date(), local.weekday(), local.time())


Test = Callable[[Demand, LocalMoment], bool]


def matcher(when: Conditions, sku_ids: Mapping[str, int]) -> Test:
    """Return what tells whether an order, at a moment, fits *when*; *sku_ids* are by code."""
    tests = [*_order_tests(when), *_size_tests(when), *_time_tests(when)]
    if when.items is not None:
        tests.append(_items_test(when.items, sku_ids))
    if len(tests) == 1:
        return tests[0]

    def fits(demand: Demand, moment: LocalMoment) -> bool:
        return all(test(demand, moment) for test in tests)  # of none, every order

    return fits


def _order_tests(when: Conditions) -> list[Test]:
    tests: list[Test] = []
    if when.channels:
        channels = frozenset(when.channels)
        tests.append(lambda demand, _: demand.channel_code in channels)
    if when.methods:
        methods = frozenset(when.methods)
        tests.append(lambda demand, _: demand.method in methods)
    if when.services:
        services = frozenset(when.services)
        tests.append(lambda demand, _: not services.isdisjoint(demand.service_codes or ()))
    if when.countries:
        countries = frozenset(when.countries)
        tests.append(lambda demand, _: demand.country in countries)
    if when.postal_prefixes:
        prefixes = tuple(bare(prefix) for prefix in when.postal_prefixes)
        tests.append(lambda demand, _: bare(demand.postal_code).startswith(prefixes))
    if when.tags:
        tags = frozenset(when.tags)
        tests.append(lambda demand, _: not tags.isdisjoint(demand.tags))
    if when.without_tags:
        unwanted = frozenset(when.without_tags)
        tests.append(lambda demand, _: unwanted.isdisjoint(demand.tags))
    return tests


def bare(postal_code: str) -> str:
    """Return a postal code as it is compared: in capitals, without spaces and dashes."""
    return postal_code.replace(" ", "").replace("-", "").upper()


def _size_tests(when: Conditions) -> list[Test]:
    tests: list[Test] = []
    if (value := when.value) is not None:
        tests.append(lambda demand, _: lies_in(demand.value, value))
    if (weight := when.weight) is not None:
        tests.append(lambda demand, _: lies_in(_kilograms(demand), weight))
    if (lines := when.lines) is not None:
        tests.append(lambda demand, _: lies_in(Decimal(len(demand.lines)), lines))
    if (units := when.units) is not None:
        tests.append(
            lambda demand, _: lies_in(Decimal(sum(line.quantity for line in demand.lines)), units)
        )
    return tests


def lies_in(number: Decimal, span: Between) -> bool:
    """Tell whether a number lies between two bounds."""
    return (span.least is None or number >= span.least) and (
        span.below is None or number < span.below
    )


def _kilograms(demand: Demand) -> Decimal:
    return Decimal(sum(line.weight_grams * line.quantity for line in demand.lines)) / _GRAMS


def _items_test(items: Items, sku_ids: Mapping[str, int]) -> Test:
    ids = frozenset(sku_ids[code] for code in items.skus if code in sku_ids)
    every = items.quantifier == "all"

    def fits(line: DemandLine) -> bool:
        return (
            (not items.skus or line.sku_id in ids)
            and (not items.categories or any(is_below(line.category, c) for c in items.categories))
            and (not items.tags or not line.tags.isdisjoint(items.tags))
            and (not items.restrictions or not line.restrictions.isdisjoint(items.restrictions))
        )

    if every:
        return lambda demand, _: all(fits(line) for line in demand.lines)
    return lambda demand, _: any(fits(line) for line in demand.lines)


def _time_tests(when: Conditions) -> list[Test]:
    tests: list[Test] = []
    if when.weekdays:
        weekdays = frozenset(when.weekdays)
        tests.append(lambda _, moment: moment.weekday in weekdays)
    if when.hour_from is not None and when.hour_until is not None:
        start, end = when.hour_from, when.hour_until
        if start < end:
            tests.append(lambda _, moment: start <= moment.clock < end)
        else:
            tests.append(lambda _, moment: moment.clock >= start or moment.clock < end)
    if (first := when.starts_on) is not None:
        tests.append(lambda _, moment: moment.day >= first)
    if (last := when.ends_on) is not None:
        tests.append(lambda _, moment: moment.day <= last)
    return tests

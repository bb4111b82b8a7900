"""What orders to expect, from those of the past: kinds of baskets to areas, and how many a day."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from math import log
from typing import NamedTuple

from chaland.sourcing.types import Demand, Method

HALF_LIFE_DAYS = 7.0
"""An order counts half as much as one that came a week later: the season drifts."""

SCARCE_BELOW = 3.0
"""A SKU is scarce where less than so many times what is expected of it is there."""

_SHORTEST_DAYS = 1.0
_PREFIX = 2
"""Postal codes that begin alike are one area: in most of Europe a département or its like."""


class Kind(NamedTuple):
    """Orders that ask for the same to the same area, as *demand* did; so many *per_day*."""

    demand: Demand
    per_day: float


def kinds_of(demands: Sequence[Demand], ages: Sequence[float]) -> list[Kind]:
    """Return the kinds of *demands*, of which each is so many days old; the commonest first.

    They are all that came since the oldest of them, the latest first. Rates are weighted by
    exponential forgetting.
    """
    found: dict[tuple[object, ...], list[float]] = {}
    first: dict[tuple[object, ...], Demand] = {}
    for demand, age in zip(demands, ages, strict=True):
        key = _key(demand)
        first.setdefault(key, demand)
        found.setdefault(key, []).append(0.5 ** (max(age, 0.0) / HALF_LIFE_DAYS))
    span = max([*ages, _SHORTEST_DAYS])
    seen = HALF_LIFE_DAYS / log(2) * (1 - 0.5 ** (span / HALF_LIFE_DAYS))
    kinds = [
        Kind(replace(first[key], exclusions=frozenset(), promised_latest=None), sum(weights) / seen)
        for key, weights in found.items()
    ]
    return sorted(kinds, key=lambda kind: -kind.per_day)


def scarce_skus(
    kinds: Sequence[Kind], days_of: Mapping[int, float], stock: Mapping[int, int]
) -> frozenset[int]:
    """Return the SKUs of which some are there, but few beside what is expected of them.

    ``days_of`` says how far ahead to look for each SKU, ``stock`` how many units are there.
    """
    wanted: dict[int, float] = {}
    for kind in kinds:
        for line in kind.demand.lines:
            units = kind.per_day * line.quantity * days_of[line.sku_id]
            wanted[line.sku_id] = wanted.get(line.sku_id, 0.0) + units
    return frozenset(
        sku_id for sku_id, units in wanted.items() if 0 < stock[sku_id] < SCARCE_BELOW * units
    )


def competing(kinds: Sequence[Kind], scarce: Collection[int], *, most: int) -> list[Kind]:
    """Return the commonest *most* kinds that ask for a scarce SKU, as if they were all of them."""
    asking = [kind for kind in kinds if any(line.sku_id in scarce for line in kind.demand.lines)]
    kept = asking[:most]
    together = sum(kind.per_day for kind in kept)
    scale = sum(kind.per_day for kind in asking) / together if together else 1.0
    return [kind._replace(per_day=kind.per_day * scale) for kind in kept]


def _key(demand: Demand) -> tuple[object, ...]:
    units: dict[int, int] = {}
    for line in demand.lines:
        units[line.sku_id] = units.get(line.sku_id, 0) + line.quantity
    return (
        tuple(sorted(units.items())),
        demand.method,
        demand.channel_code,
        demand.service_codes,
        demand.organisation_ids,
        _area(demand),
    )


def _area(demand: Demand) -> tuple[object, ...]:
    if demand.method is Method.PICKUP:
        return (demand.pickup_location_id,)
    if demand.postal_code:
        return demand.country, demand.postal_code[:_PREFIX]
    return demand.country, round(demand.latitude), round(demand.longitude)

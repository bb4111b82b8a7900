"""Reads delivered orders of the layout of ``olist_promise`` as the product would have known them.

Rows are dirty now and then. What is unknown or contradicts itself is left out where it would be
used, not the whole order: a seller's deadline before the approval states nothing, an order without
coordinates has no distance. An order without a purchase or a delivery, or delivered before it was
purchased, cannot be held against a promise and is counted as excluded.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from chaland.kernel.geo import GeoPoint, distance_km
from chaland.promise.learning import Observation, Trip

COUNTRY = "BR"
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the file's times are Brazil's wall clock, bare


@dataclass(frozen=True, slots=True)
class Order:
    """An order with its outcome; ``promised_at`` is Olist's own promise, a yardstick only."""

    number: str
    seen: Observation
    promised_at: int | None


@dataclass(frozen=True, slots=True)
class Orders:
    """The orders of a file in order of purchase, and how many could not be used."""

    rows: list[Order]
    excluded: int


def load(path: Path) -> Orders:
    """Read *path*, a Parquet file."""
    table = pl.read_parquet(path)
    rows = [order for row in table.iter_rows(named=True) if (order := _order(row)) is not None]
    rows.sort(key=lambda order: (order.seen.ordered_at, order.number))
    return Orders(rows, table.height - len(rows))


def _order(row: dict[str, Any]) -> Order | None:
    ordered, delivered = _seconds(row["purchased_at"]), _seconds(row["delivered_at"])
    if ordered is None or delivered is None or delivered < ordered:
        return None
    handed = _seconds(row["handed_to_carrier_at"])
    if handed is not None and not ordered <= handed <= delivered:
        handed = None
    trip = Trip(
        site=str(row["seller_id"] or ""),
        carrier="",
        origin=_areas(row["seller_state"], row["seller_zip"]),
        destination=_areas(row["customer_state"], row["customer_zip"]),
        country=COUNTRY,
        distance_km=_distance(row),
        weight_grams=_positive(row["weight_g"]) or 0.0,
        items=int(_positive(row["items"]) or 1),
        carriage_price=_positive(row["freight"]),
        stated_handling_days=_stated_handling(row),
    )
    seen = Observation(trip=trip, ordered_at=ordered, handed_at=handed, delivered_at=delivered)
    return Order(str(row["order_id"]), seen, _seconds(row["olist_promised_at"]))


def _stated_handling(row: dict[str, Any]) -> float | None:
    """Return the days that the seller states to need: its deadline, counted from the approval.

    The deadline's date is set at the approval, minutes or days after the purchase; the number of
    days behind it is the seller's own and known before. So only the difference is used.
    """
    approved, deadline = _seconds(row["approved_at"]), _seconds(row["ship_by"])
    if approved is None or deadline is None or deadline <= approved:
        return None
    return (deadline - approved) / 86_400


def _distance(row: dict[str, Any]) -> float | None:
    names = ("seller_lat", "seller_lng", "customer_lat", "customer_lng")
    places = [_number(row[name]) for name in names]
    try:
        start, end = GeoPoint(places[0], places[1]), GeoPoint(places[2], places[3])
    except ValueError:  # unknown, or nowhere on Earth
        return None
    return distance_km(start, end)


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _positive(value: float | None) -> float | None:
    number = _number(value)
    return number if math.isfinite(number) and number > 0 else None


def _areas(state: str | None, code: str | int | None) -> tuple[str, ...]:
    if not state:
        return ()
    digits = str(code).zfill(5) if code is not None else ""
    return (state, digits[:2], digits[:3]) if digits else (state,)


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int((moment - _EPOCH).total_seconds())

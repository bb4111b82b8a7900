"""What was learned, as the engine uses it: preparation by site, days of carriage by lane.

The chance to be in time that a channel wants is split evenly (by the square root) over preparation
and carriage. Preparation is the quantile of what a site took lately, in its opening time. Carriage
is what ``learning`` foretells for a lane, turned into whole delivery days of the carrier, so that a
promise never ends on a day on which the carrier does not deliver.

A *risk factor* corrects drift: promises that came late oftener than was told make it rise, and
every chance to be late is multiplied by it (a step of the online scheme of Gibbs & Candès 2021,
*Adaptive Conformal Inference Under Distribution Shift*).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chaland.promise.learning import Model, Stage, Trip
from chaland.promise.types import TransitBand

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

FEWEST = 30
"""Below so many observations of a site its stated time to prepare holds."""
SHARES = (0.5, 0.8, 0.9, 0.95, 0.975, 0.99)
LEAST_FACTOR, MOST_FACTOR = 0.25, 4.0
_HALFWAY = 0.5
_DOUBT = 5.0
"""So many late promises' worth of doubt keeps the factor near one until there is evidence."""
_WEEK = 7
_SECONDS_A_DAY = 86_400
_NOON = 16 * 3600
"""Carriers collect in the afternoon."""
_EPOCH = date(1970, 1, 1).toordinal()
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Handling:
    """How long a site took: ``seconds`` of opening time by ``SHARES``, from so many ``parcels``.

    ``by_hour`` is the median and the number by the hour of release, for those hours that have any.
    """

    parcels: int
    seconds: tuple[int, ...]
    by_hour: Mapping[int, tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, seconds: Integers, hours: Integers) -> "Handling":
        """Return what *seconds*, released at *hours* of the site's day, say."""
        found = np.quantile(seconds, SHARES, method="higher")
        by_hour = {
            int(hour): (int(np.median(seconds[hours == hour])), int((hours == hour).sum()))
            for hour in np.unique(hours)
        }
        return cls(len(seconds), tuple(int(value) for value in found), by_hour)

    def within(self, share: float) -> int:
        """Return in how many seconds of opening time *share* of the orders are prepared."""
        return int(np.ceil(np.interp(share, SHARES, self.seconds)))

    def chance(self, seconds: int) -> float:
        """Return the share of orders that are prepared in *seconds* of opening time."""
        ends = (0, *self.seconds, 2 * self.seconds[-1] + 1)
        return float(np.interp(seconds, ends, (0.0, *SHARES, 1.0)))


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What is known at ``as_of``; ``handling`` by the code of the site."""

    as_of: datetime
    observations: int
    model: Model
    handling: Mapping[str, Handling]
    risk_factor: float = 1.0
    _tables: dict[object, "TransitDays"] = field(default_factory=dict)

    def form(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "model": self.model.form(),
            "risk_factor": self.risk_factor,
            "handling": {
                site: [item.parcels, item.seconds, {str(k): v for k, v in item.by_hour.items()}]
                for site, item in self.handling.items()
            },
        }

    @classmethod
    def of(cls, as_of: datetime, observations: int, form: Mapping[str, Any]) -> "Learned":
        """Read it back."""
        return cls(
            as_of,
            observations,
            Model.of(form["model"]),
            {
                site: Handling(
                    parcels, tuple(seconds), {int(k): tuple(v) for k, v in by_hour.items()}
                )
                for site, (parcels, seconds, by_hour) in form["handling"].items()
            },
            form["risk_factor"],
        )

    def asked(self, confidence: float) -> float:
        """Return the share to ask of the model so that *confidence* of promises are kept."""
        return 1 - min((1 - confidence) / self.risk_factor, 0.5)

    def told(self, share: float) -> float:
        """Return how many promises are kept of which the model says *share*."""
        return float(1 - min((1 - share) * self.risk_factor, 1.0))

    def transit(
        self,
        service: str,
        bands: Sequence[TransitBand],
        country: str,
        *,
        origins: tuple[str, ...],
        middles: tuple[float, ...],
        share: float,
        delivers: "DeliveryWeek",
    ) -> "TransitDays":
        """Return the delivery days of a service by origin, weekday of departure and zone."""
        key = (service, tuple(bands), country, origins, middles, share, delivers)
        found = self._tables.get(key)
        if found is None:
            found = self._tables[key] = _transit(
                self.model, service, bands, country, origins, middles, share, delivers
            )
        return found


@dataclass(frozen=True, slots=True)
class DeliveryWeek:
    """The weekdays (Monday = 0) on which a carrier delivers."""

    weekdays: frozenset[int]


@dataclass(frozen=True, slots=True, eq=False)
class TransitDays:
    """By origin, weekday of departure and zone (O × 7 × Z): days, and the chance to be in time.

    ``parcels`` (O × Z) is how many were learned from; 0: the carrier's stated days hold.
    """

    days: Integers
    chances: Floats
    parcels: Integers


def _transit(
    model: Model,
    service: str,
    bands: Sequence[TransitBand],
    country: str,
    origins: tuple[str, ...],
    middles: tuple[float, ...],
    share: float,
    delivers: DeliveryWeek,
) -> TransitDays:
    shape = (len(origins), _WEEK, len(middles))
    first = _EPOCH + model.as_of // _SECONDS_A_DAY
    # The week that begins on the next Monday: proleptic day 1 was one.
    monday = first + (-(first - 1)) % _WEEK
    trips, begun, departures = [], [], []
    for origin in origins:
        for weekday in range(_WEEK):
            for km in middles:
                day = monday + weekday
                departures.append(day)
                begun.append(float((day - _EPOCH) * _SECONDS_A_DAY + _NOON))
                trips.append(
                    trip(service=service, origin=origin, country=country, km=km, bands=bands)
                )
    forecasts = model.forecasts(Stage.TRANSIT, trips, begun)
    ends = (forecasts.moments(share) // _SECONDS_A_DAY).astype(np.int64) + _EPOCH
    days, last = _delivery_days(np.array(departures), ends, delivers)
    by = ((last - _EPOCH + 1) * _SECONDS_A_DAY - 1).astype(np.float64)
    chances = forecasts.chances(by)
    parcels = [ground.parcels if ground.basis == "learned" else 0 for ground in forecasts.grounds]
    return TransitDays(
        days.reshape(shape),
        chances.reshape(shape),
        np.array(parcels, np.int64).reshape(shape).min(axis=1),
    )


def _delivery_days(
    departures: Integers, ends: Integers, delivers: DeliveryWeek
) -> tuple[Integers, Integers]:
    """Return how many delivery days after its departure each arrives at the latest, and when."""
    weekly = np.array([day in delivers.weekdays for day in range(_WEEK)])
    begin = int(departures.min())
    days = np.arange(begin, int(max(ends.max(), departures.max())) + _LONGEST)
    open_days = days[weekly[(days - 1) % _WEEK]]
    # The first delivery day from the forecast on; at least the day after the departure.
    place = open_days.searchsorted(np.maximum(ends, departures + 1))
    count = place - open_days.searchsorted(departures, side="right") + 1
    return np.minimum(count, _LONGEST), open_days[place]


def trip(
    *,
    service: str,
    origin: str,
    country: str,
    km: float | None,
    bands: Sequence[TransitBand],
    destination: str = "",
    weight_grams: float = 1000.0,
    items: int = 1,
) -> Trip:
    """Return what the learning is told of a parcel; *origin* is ``FR/45``, as is *destination*."""
    stated = next(
        (b.latest_days for b in bands if km is None or b.up_to_km is None or km <= b.up_to_km),
        bands[-1].latest_days,
    )
    return Trip(
        site="",
        carrier=service,
        origin=tuple(origin.split("/")),
        destination=tuple(destination.split("/")) if destination else (country,),
        country=country,
        distance_km=km,
        weight_grams=weight_grams,
        items=items,
        stated_transit_days=float(max(stated, 1)),
    )


def area_of(country: str, postal_code: str) -> str:
    """Return the area of an address as lanes know it: the country and two figures."""
    return f"{country}/{postal_code[:2]}"


def next_factor(factor: float, *, late: int, expected_late: float) -> float:
    """Return the risk factor after promises of which *late* were late and so many were expected."""
    ratio = (late + _DOUBT) / (expected_late + _DOUBT)
    return float(np.clip(factor * ratio**_HALFWAY, LEAST_FACTOR, MOST_FACTOR))

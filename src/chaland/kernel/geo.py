"""Places on the Earth: a sphere of 6371 km, which errs by 0.5 % at most."""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_KM = 6371.0


@dataclass(frozen=True, slots=True)
class GeoPoint:
    """A point in decimal degrees, WGS 84. Raises ValueError outside ±90 and ±180."""

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        if not -90 <= self.latitude <= 90:  # noqa: PLR2004 - the poles
            message = "latitude must lie between -90 and 90"
            raise ValueError(message)
        if not -180 <= self.longitude <= 180:  # noqa: PLR2004 - the date line
            message = "longitude must lie between -180 and 180"
            raise ValueError(message)


def distance_km(start: GeoPoint, end: GeoPoint) -> float:
    """Return the great-circle distance in kilometres (haversine formula)."""
    half_latitude = radians(end.latitude - start.latitude) / 2
    half_longitude = radians(end.longitude - start.longitude) / 2
    chord = (
        sin(half_latitude) ** 2
        + cos(radians(start.latitude)) * cos(radians(end.latitude)) * sin(half_longitude) ** 2
    )
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))

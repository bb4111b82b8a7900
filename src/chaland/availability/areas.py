"""Places near a shopper, and areas that a retailer thinks in."""

from dataclasses import dataclass

import numpy as np

from chaland.availability.computing import Mask
from chaland.kernel.errors import FieldProblem, InvalidInputError
from chaland.network.queries import resolve_place
from chaland.network.types import NetworkSnapshot, Place
from chaland.web.pagination import unknown_filter


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Where to look, as it was asked; empty text and None are conditions that were not set.

    ``department`` is the beginning of postal codes of ``country``.
    """

    country: str = ""
    postal_code: str = ""
    latitude: float | None = None
    longitude: float | None = None
    radius_km: float = 0
    location_group: str = ""
    department: str = ""

    def point(self) -> Place | None:
        """Return the place in the middle, None when none was asked for.

        Raises InvalidInputError for a postal code that nobody knows, or half a coordinate.
        """
        if self.latitude is not None and self.longitude is not None:
            return Place(self.latitude, self.longitude, "given")
        if (self.latitude is None) != (self.longitude is None):
            missing = "latitude" if self.latitude is None else "longitude"
            raise _missing(missing, "latitude and longitude come together")
        if not self.postal_code:
            return None
        if not self.country:
            raise _missing("country", "a postal code is one of a country")
        place = resolve_place(self.country, self.postal_code)
        if place is None:
            raise InvalidInputError(
                [
                    FieldProblem(
                        "postal_code",
                        "unknown_postal_code",
                        f"{self.postal_code!r} is no known postal code of {self.country}",
                        "Correct the postal code, or send latitude and longitude.",
                    )
                ]
            )
        return place

    def mask(self, network: NetworkSnapshot, point: Place | None) -> Mask:
        """Mark the locations (L) that fit every condition. Raises InvalidInputError."""
        marked = np.ones(len(network), np.bool_)
        if point is not None:
            marked &= network.distances_km(point.latitude, point.longitude) <= self.radius_km
        if self.location_group:
            if self.location_group not in network.group_masks:
                raise unknown_filter("location_group", self.location_group)
            marked &= network.group_masks[self.location_group]
        if self.department:
            if not self.country:
                raise _missing("country", "a department is one of a country")
            marked &= np.array(
                [
                    item.country == self.country and item.postal_code.startswith(self.department)
                    for item in network.locations
                ],
                np.bool_,
            )
        return marked


def _missing(field: str, why: str) -> InvalidInputError:
    return InvalidInputError([FieldProblem(field, "missing", why, "Send this parameter too.")])

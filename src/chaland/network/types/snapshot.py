"""The whole network in memory, as arrays that rules can compute with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from chaland.kernel.geo import EARTH_RADIUS_KM
from chaland.network.types.facts import (
    ChannelFacts,
    LocationFacts,
    LocationGroupFacts,
    OrganisationFacts,
)
from chaland.network.types.words import Capability

Floats = NDArray[np.float64]
Integers = NDArray[np.int32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetworkSnapshot:
    """Every location with a dense index 0 … L-1 (in id order), and one array per attribute.

    Immutable: arrays are read-only. Inactive locations keep their index, so that old reservations
    stay readable; ``working(now)`` says which may take new work. ``index_of_id`` maps a location's
    id to its index, -1 for ids that do not exist. ``withheld_by_owner`` marks, by channel code, the
    locations whose owner did not agree to that channel; a channel without any is absent.
    ``refuses`` marks, by restriction, the locations that do not handle such goods; likewise.
    """

    revision: int
    organisations: tuple[OrganisationFacts, ...]
    locations: tuple[LocationFacts, ...]
    index_of: Mapping[int, int]
    by_code: Mapping[str, int]
    index_of_id: Integers
    location_ids: NDArray[np.int64]
    latitude: Floats
    longitude: Floats
    unit: Floats
    cost_per_order: Floats
    cost_per_line: Floats
    handling_minutes: Integers
    daily_capacity: Integers
    organisation_index: Integers
    active: Mask
    paused_from: Floats
    paused_until: Floats
    can: Mapping[Capability, Mask]
    groups: Mapping[str, LocationGroupFacts]
    group_masks: Mapping[str, Mask]
    channels: Mapping[str, ChannelFacts]
    channels_by_id: Mapping[int, ChannelFacts]
    withheld_by_owner: Mapping[str, Mask] = field(default_factory=dict)
    refuses: Mapping[str, Mask] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.locations)

    def location(self, code: str) -> LocationFacts | None:
        """Return the location called *code*, or None."""
        index = self.by_code.get(code)
        return None if index is None else self.locations[index]

    def working(self, now: datetime) -> Mask:
        """Mark the locations that may take new work at *now*: active and not paused."""
        moment = now.timestamp()
        paused = (self.paused_from <= moment) & (moment < self.paused_until)
        return self.active & ~paused

    def next_pause_change(self, now: datetime) -> datetime | None:
        """Return the first moment after *now* at which a pause begins or ends; None for none."""
        moments = np.concatenate([self.paused_from, self.paused_until])
        ahead = moments[(moments > now.timestamp()) & np.isfinite(moments)]
        return datetime.fromtimestamp(float(ahead.min()), now.tzinfo) if len(ahead) else None

    def pool(self, channel: ChannelFacts) -> Mask:
        """Mark the locations whose stock *channel* sells; all of them when it has no pool."""
        return self.group_masks[channel.pool] if channel.pool else np.ones(len(self), np.bool_)

    def distances_km(self, latitude: float, longitude: float) -> Floats:
        """Return the great-circle distance of each location from a point, in kilometres."""
        return chord_km(self.unit - unit_vectors(np.array([latitude]), np.array([longitude])))

    def nearest(
        self,
        latitude: float,
        longitude: float,
        *,
        among: Mask,
        limit: int,
        within_km: float = np.inf,
    ) -> list[tuple[LocationFacts, float]]:
        """Return up to *limit* locations marked in *among* with their distance in km, near first.

        Equal distances come in the order of the locations' ids.
        """
        chosen = np.flatnonzero(among)
        distances = self.distances_km(latitude, longitude)[chosen]
        reach = np.flatnonzero(distances <= within_km)
        order = reach[np.argsort(distances[reach], kind="stable")][:limit]
        return [(self.locations[chosen[place]], float(distances[place])) for place in order]

    def distance_matrix_km(self, latitudes: Floats, longitudes: Floats) -> Floats:
        """Return the N by L distances of N points (degrees) from each location, in kilometres."""
        points = unit_vectors(latitudes, longitudes)
        return chord_km(points[:, None, :] - self.unit[None, :, :])


def unit_vectors(latitudes: Floats, longitudes: Floats) -> Floats:
    """Return the points of the unit sphere at *latitudes* and *longitudes* (degrees), N by 3."""
    phi, theta = np.radians(latitudes), np.radians(longitudes)
    flat = np.cos(phi)
    return np.stack([flat * np.cos(theta), flat * np.sin(theta), np.sin(phi)], axis=-1)


def chord_km(differences: Floats) -> Floats:
    """Turn differences of unit vectors (last axis) into distances along the surface, in km.

    The chord is exact for near points, where the cosine of the angle loses its digits.
    """
    chord = np.sqrt(np.einsum("...i,...i->...", differences, differences))
    distances: Floats = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2, 1.0))
    return distances

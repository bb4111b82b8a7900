"""Promises kept: against what customers were told, over time, by site and by carrier."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chaland.network.queries import snapshot
from chaland.promise.queries import reliability, services
from chaland.promise.types import KeptPromises, Reliability

SIZE, EDGE = 260.0, 34.0
_LEAST = 0.5
"""The drawing begins where promises do, at an even chance, or at nought where less was kept."""
_STEPS = 5
_FULL = 100


@dataclass(frozen=True, slots=True)
class Row:
    """A group with its name; ``bar`` is the share kept, 0 to 100."""

    name: str
    group: KeptPromises
    bar: int


@dataclass(frozen=True, slots=True)
class Point:
    """A level of the curve in the drawing: told to the right, kept upwards; numbers are text."""

    x: str
    y: str
    top: str
    bottom: str
    radius: str
    group: KeptPromises


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisesPage:
    """Everything on the page; ``correction`` is by how many percent lateness is corrected."""

    found: Reliability
    points: list[Point]
    marks: list[tuple[str, str, str]]
    weeks: list[Row]
    sites: list[Row]
    carriers: list[Row]
    channels: list[Row]
    lanes: list[Row]
    correction: int


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where a share lies in the drawing, which shows shares from *least* on."""

    least: float

    def across(self, share: float) -> float:
        return EDGE + (SIZE - 2 * EDGE) * self._placed(share)

    def up(self, share: float) -> float:
        return SIZE - EDGE - (SIZE - 2 * EDGE) * self._placed(share)

    def marks(self) -> list[tuple[str, str, str]]:
        """Return where the axes are marked, to the right and upwards, and with how many percent."""
        step = (1 - self.least) / _STEPS
        shares = [self.least + step * number for number in range(_STEPS + 1)]
        return [
            (f"{self.across(share):.1f}", f"{self.up(share):.1f}", f"{share * _FULL:.0f}")
            for share in shares
        ]

    def _placed(self, share: float) -> float:
        return min(max((share - self.least) / (1 - self.least), 0.0), 1.0)


def _scale_of(levels: Sequence[KeptPromises]) -> _Scale:
    """Begin at an even chance, or at nought when some level was kept less often than that."""
    lowest = min((min(group.share, group.told) for group in levels), default=_LEAST)
    return _Scale(_LEAST if lowest >= _LEAST else 0.0)


def promises_page(
    *,
    now: datetime,
    weeks: int,
    channel: str,
    basis: str,
    location_ids: Collection[int] | None,
) -> PromisesPage:
    """Read how promises of the last *weeks* were kept."""
    network = snapshot()
    codes = (
        None
        if location_ids is None
        else [network.locations[network.index_of[item]].code for item in location_ids]
    )
    found = reliability(now=now, weeks=weeks, channel=channel, basis=basis, sites=codes)
    places = {item.code: item.name for item in network.locations}
    carriers = {item.carrier_code: item.carrier_name for item in services()}
    channels = {code: item.name for code, item in network.channels.items()}
    scale = _scale_of(found.levels)
    return PromisesPage(
        found=found,
        points=_points(found.levels, scale),
        marks=scale.marks(),
        weeks=_rows(found.weeks, {}),
        sites=_rows(found.sites, places),
        carriers=_rows(found.carriers, carriers),
        channels=_rows(found.channels, channels),
        lanes=_rows(found.lanes, {}),
        correction=round(_FULL * (found.risk_factor - 1)),
    )


def _rows(groups: Sequence[KeptPromises], names: Mapping[str, str]) -> list[Row]:
    return [
        Row(
            names.get(group.key, group.key),
            group,
            round(_FULL * group.share),
        )
        for group in groups
    ]


def _points(levels: Sequence[KeptPromises], scale: _Scale) -> list[Point]:
    most = max((group.promises for group in levels), default=1)
    return [
        Point(
            x=f"{scale.across(group.told):.1f}",
            y=f"{scale.up(group.share):.1f}",
            top=f"{scale.up(group.highest):.1f}",
            bottom=f"{scale.up(group.lowest):.1f}",
            radius=f"{2.5 + 4.5 * (group.promises / most) ** 0.5:.1f}",
            group=group,
        )
        for group in levels
    ]

"""The network in memory, rebuilt when its revision has moved."""

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np

from chaland.database.revision import read_revisions
from chaland.network.models import (
    Agreement,
    Channel,
    Closure,
    Location,
    LocationGroup,
    LocationGroupMember,
    OpeningHours,
    Organisation,
)
from chaland.network.types import (
    Calendar,
    Capability,
    ChannelFacts,
    ChannelKind,
    ClosedPeriod,
    LocationFacts,
    LocationGroupFacts,
    LocationKind,
    NetworkSnapshot,
    OpeningWindow,
    OrganisationFacts,
    OrganisationKind,
    unit_vectors,
)

REVISION = "network"
NEVER, FOREVER = np.inf, np.inf

Item = TypeVar("Item", OpeningWindow, ClosedPeriod)

_building = threading.Lock()
_latest: NetworkSnapshot | None = None


def snapshot(revision: int | None = None) -> NetworkSnapshot:
    """Return the network as it is now; costs one small query, or none when *revision* is given.

    *revision* is what ``database.revision.read_revisions().get("network", 0)`` said in this
    transaction. The snapshot is shared by all threads of the process and must not be changed.
    """
    global _latest  # noqa: PLW0603 - one snapshot for the process
    if revision is None:
        revision = read_revisions().get(REVISION, 0)
    current = _latest
    if current is not None and current.revision == revision:
        return current
    with _building:
        current = _latest
        if current is None or current.revision != revision:
            current = _latest = _build(revision)
        return current


def _build(revision: int) -> NetworkSnapshot:
    organisations = _organisations()
    locations = _locations({item.id: item for item in organisations})
    index_of = {item.id: item.index for item in locations}
    by_code = {item.code: item.index for item in locations}
    groups = _groups(locations, index_of)
    channels = _channels()
    organisation_index = {item.id: index for index, item in enumerate(organisations)}
    organisation_index_of = _integers(
        organisation_index[item.organisation_id] for item in locations
    )
    latitude = _floats(item.latitude for item in locations)
    longitude = _floats(item.longitude for item in locations)
    return NetworkSnapshot(
        revision=revision,
        organisations=organisations,
        locations=locations,
        index_of=MappingProxyType(index_of),
        by_code=MappingProxyType(by_code),
        index_of_id=_index_of_id(locations),
        location_ids=_frozen(np.array([item.id for item in locations], np.int64)),
        latitude=latitude,
        longitude=longitude,
        unit=_frozen(unit_vectors(latitude, longitude)),
        cost_per_order=_floats(item.cost_per_order for item in locations),
        cost_per_line=_floats(item.cost_per_line for item in locations),
        handling_minutes=_integers(item.handling_minutes for item in locations),
        daily_capacity=_integers(item.daily_capacity for item in locations),
        organisation_index=organisation_index_of,
        active=_mask(item.active for item in locations),
        paused_from=_floats(
            NEVER if item.paused_at is None else item.paused_at.timestamp() for item in locations
        ),
        paused_until=_floats(
            FOREVER if item.paused_until is None else item.paused_until.timestamp()
            for item in locations
        ),
        can=MappingProxyType(
            {
                capability: _mask(capability in item.capabilities for item in locations)
                for capability in Capability
            }
        ),
        groups=MappingProxyType(groups),
        group_masks=MappingProxyType(
            {code: _members_mask(group, by_code) for code, group in groups.items()}
        ),
        channels=MappingProxyType({item.code: item for item in channels}),
        channels_by_id=MappingProxyType({item.id: item for item in channels}),
        withheld_by_owner=MappingProxyType(
            _withheld_by_owner(channels, organisations, organisation_index_of)
        ),
        refuses=MappingProxyType(
            {
                word: _mask(word in item.refused_restrictions for item in locations)
                for word in frozenset().union(*(item.refused_restrictions for item in locations))
            }
        ),
    )


def _organisations() -> tuple[OrganisationFacts, ...]:
    rows = list(Organisation.objects.order_by("id"))
    codes = {row.id: row.code for row in rows}
    agreed: dict[int, list[str]] = defaultdict(list)
    for organisation_id, channel in Agreement.objects.values_list(
        "organisation_id", "channel__code"
    ):
        agreed[organisation_id].append(channel)
    return tuple(
        OrganisationFacts(
            id=row.id,
            code=row.code,
            name=row.name,
            kind=OrganisationKind(row.kind),
            parent="" if row.parent_id is None else codes[row.parent_id],
            vat_number=row.vat_number,
            country=row.country,
            active=row.active,
            version=row.version,
            channels=frozenset(agreed.get(row.id, ())),
        )
        for row in rows
    )


def _locations(organisations: Mapping[int, OrganisationFacts]) -> tuple[LocationFacts, ...]:
    hours = _windows()
    closures = _closures()
    return tuple(
        _location(
            row,
            index,
            organisations[row.organisation_id],
            tuple(hours.get(row.id, ())),
            tuple(closures.get(row.id, ())),
        )
        for index, row in enumerate(Location.objects.order_by("id"))
    )


def _location(
    row: Location,
    index: int,
    organisation: OrganisationFacts,
    hours: tuple[OpeningWindow, ...],
    closures: tuple[ClosedPeriod, ...],
) -> LocationFacts:
    return LocationFacts(
        id=row.id,
        index=index,
        code=row.code,
        name=row.name,
        kind=LocationKind(row.kind),
        organisation_id=row.organisation_id,
        organisation=organisation.code,
        country=row.country,
        region=row.region,
        postal_code=row.postal_code,
        city=row.city,
        street=row.street,
        latitude=row.latitude,
        longitude=row.longitude,
        time_zone=row.time_zone,
        capabilities=frozenset(Capability(item) for item in row.capabilities),
        daily_capacity=row.daily_capacity,
        handling_minutes=row.handling_minutes,
        cost_per_order=row.cost_per_order,
        cost_per_line=row.cost_per_line,
        cut_off=row.cut_off,
        active=row.active,
        paused_at=row.paused_at,
        paused_until=row.paused_until,
        pause_reason=row.pause_reason,
        calendar=Calendar(
            time_zone=row.time_zone,
            windows=hours,
            closures=closures,
            country=row.country,
            region=row.region,
            open_on_holidays=row.open_on_holidays,
        ),
        version=row.version,
        refused_restrictions=frozenset(row.refused_restrictions),
    )


def _windows() -> dict[int, list[OpeningWindow]]:
    rows = OpeningHours.objects.order_by("location_id", "weekday", "opens")
    return _collected(
        (location_id, OpeningWindow(weekday, opens, closes))
        for location_id, weekday, opens, closes in rows.values_list(
            "location_id", "weekday", "opens", "closes"
        )
    )


def _closures() -> dict[int, list[ClosedPeriod]]:
    rows = Closure.objects.order_by("location_id", "starts", "ends")
    return _collected(
        (location_id, ClosedPeriod(starts, ends, reason))
        for location_id, starts, ends, reason in rows.values_list(
            "location_id", "starts", "ends", "reason"
        )
    )


def _collected(pairs: Iterable[tuple[int, Item]]) -> dict[int, list[Item]]:
    found: dict[int, list[Item]] = defaultdict(list)
    for location_id, item in pairs:
        found[location_id].append(item)
    return found


def _groups(
    locations: Sequence[LocationFacts], index_of: Mapping[int, int]
) -> dict[str, LocationGroupFacts]:
    members: dict[int, list[str]] = defaultdict(list)
    pairs = LocationGroupMember.objects.values_list("group_id", "location_id")
    for group_id, location_id in pairs.order_by("group_id", "location_id"):
        members[group_id].append(locations[index_of[location_id]].code)
    return {
        row.code: LocationGroupFacts(
            id=row.id,
            code=row.code,
            name=row.name,
            locations=tuple(sorted(members[row.id])),
            version=row.version,
        )
        for row in LocationGroup.objects.order_by("id")
    }


def _channels() -> tuple[ChannelFacts, ...]:
    return tuple(
        ChannelFacts(
            id=row.id,
            code=row.code,
            name=row.name,
            kind=ChannelKind(row.kind),
            brand=row.brand,
            currency=row.currency,
            countries=frozenset(row.countries),
            pool="" if row.pool is None else row.pool.code,
            release_delay_minutes=row.release_delay_minutes,
            active=row.active,
            version=row.version,
        )
        for row in Channel.objects.select_related("pool").order_by("id")
    )


def _withheld_by_owner(
    channels: Sequence[ChannelFacts],
    organisations: Sequence[OrganisationFacts],
    owner_of: np.ndarray[Any, np.dtype[np.int32]],
) -> dict[str, np.ndarray[Any, np.dtype[np.bool_]]]:
    """Mark, for each channel that some owner did not agree to, the locations it may not sell."""
    found = {}
    for channel in channels:
        refusing = np.array([not item.agrees_to(channel.code) for item in organisations], np.bool_)
        if len(owner_of) and refusing[owner_of].any():
            found[channel.code] = _frozen(refusing[owner_of])
    return found


def _index_of_id(locations: Sequence[LocationFacts]) -> np.ndarray[Any, np.dtype[np.int32]]:
    table = np.full(locations[-1].id + 1 if locations else 1, -1, np.int32)
    for item in locations:
        table[item.id] = item.index
    return _frozen(table)


def _members_mask(
    group: LocationGroupFacts, by_code: Mapping[str, int]
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    mask = np.zeros(len(by_code), np.bool_)
    mask[[by_code[code] for code in group.locations]] = True
    return _frozen(mask)


def _floats(values: Iterable[Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return _frozen(np.array([float(value) for value in values], np.float64))


def _integers(values: Iterable[int]) -> np.ndarray[Any, np.dtype[np.int32]]:
    return _frozen(np.array(list(values), np.int32))


def _mask(values: Iterable[bool]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return _frozen(np.array(list(values), np.bool_))


Array = TypeVar("Array", bound=np.ndarray[Any, Any])


def _frozen(array: Array) -> Array:
    array.flags.writeable = False
    return array

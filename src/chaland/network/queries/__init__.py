"""Reads of the network room."""

from chaland.network.queries.details import (
    channel,
    channel_version,
    group,
    group_version,
    list_channels,
    list_groups,
    list_locations,
    list_organisations,
    location,
    location_version,
    organisation,
    organisation_version,
    visible_location_ids,
)
from chaland.network.queries.places import resolve_place, resolve_places
from chaland.network.queries.snapshots import snapshot

__all__ = [
    "channel",
    "channel_version",
    "group",
    "group_version",
    "list_channels",
    "list_groups",
    "list_locations",
    "list_organisations",
    "location",
    "location_version",
    "organisation",
    "organisation_version",
    "resolve_place",
    "resolve_places",
    "snapshot",
    "visible_location_ids",
]

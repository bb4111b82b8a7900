"""Reads of the network room."""

from chaland.network.queries.details import (
    channel,
    group,
    list_channels,
    list_groups,
    list_locations,
    list_organisations,
    location,
    organisation,
    visible_location_ids,
)
from chaland.network.queries.places import resolve_place, resolve_places
from chaland.network.queries.snapshots import snapshot

__all__ = [
    "channel",
    "group",
    "list_channels",
    "list_groups",
    "list_locations",
    "list_organisations",
    "location",
    "organisation",
    "resolve_place",
    "resolve_places",
    "snapshot",
    "visible_location_ids",
]

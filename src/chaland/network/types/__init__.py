"""The plain data of the network room, for every room above."""

from chaland.network.types.calendar import Calendar, ClosedPeriod, OpeningWindow, public_holidays
from chaland.network.types.drafts import (
    DEFAULT_HOURS,
    ChannelDraft,
    LocationDraft,
    LocationGroupDraft,
    OrganisationDraft,
    Pause,
    PostalAreaDraft,
)
from chaland.network.types.facts import (
    ChannelFacts,
    LocationFacts,
    LocationGroupFacts,
    OrganisationFacts,
    Place,
)
from chaland.network.types.snapshot import NetworkSnapshot, unit_vectors
from chaland.network.types.words import Capability, ChannelKind, LocationKind, OrganisationKind

__all__ = [
    "DEFAULT_HOURS",
    "Calendar",
    "Capability",
    "ChannelDraft",
    "ChannelFacts",
    "ChannelKind",
    "ClosedPeriod",
    "LocationDraft",
    "LocationFacts",
    "LocationGroupDraft",
    "LocationGroupFacts",
    "LocationKind",
    "NetworkSnapshot",
    "OpeningWindow",
    "OrganisationDraft",
    "OrganisationFacts",
    "OrganisationKind",
    "Pause",
    "Place",
    "PostalAreaDraft",
    "public_holidays",
    "unit_vectors",
]

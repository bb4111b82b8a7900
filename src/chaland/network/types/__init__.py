"""The plain data of the network room, for every room above."""

from chaland.network.types.calendar import (
    Calendar,
    ClosedPeriod,
    OpeningState,
    OpeningWindow,
    public_holidays,
)
from chaland.network.types.drafts import (
    DEFAULT_HOURS,
    AgreementDraft,
    ChannelDraft,
    ImportedAreas,
    LocationDraft,
    LocationGroupDraft,
    OrganisationDraft,
    Pause,
    PostalAreaDraft,
    PostalRow,
)
from chaland.network.types.facts import (
    ChannelFacts,
    LocationFacts,
    LocationGroupFacts,
    OrganisationFacts,
    Place,
    Precision,
)
from chaland.network.types.snapshot import NetworkSnapshot, unit_vectors
from chaland.network.types.words import (
    OWNERS_OF_THEIR_STOCK,
    Capability,
    ChannelKind,
    LocationKind,
    OrganisationKind,
)

__all__ = [
    "DEFAULT_HOURS",
    "OWNERS_OF_THEIR_STOCK",
    "AgreementDraft",
    "Calendar",
    "Capability",
    "ChannelDraft",
    "ChannelFacts",
    "ChannelKind",
    "ClosedPeriod",
    "ImportedAreas",
    "LocationDraft",
    "LocationFacts",
    "LocationGroupDraft",
    "LocationGroupFacts",
    "LocationKind",
    "NetworkSnapshot",
    "OpeningState",
    "OpeningWindow",
    "OrganisationDraft",
    "OrganisationFacts",
    "OrganisationKind",
    "Pause",
    "Place",
    "PostalAreaDraft",
    "PostalRow",
    "Precision",
    "public_holidays",
    "unit_vectors",
]

"""Writes of the network room: set-based, audited, told as events, each raising the revision.

All of them take one lock first (``lock_network``): reference data changes seldom, and so a check
made against the snapshot still holds when the rows are written.
"""

from chaland.network.operations.agreements import agree_to_channels
from chaland.network.operations.channels import upsert_channels
from chaland.network.operations.groups import upsert_location_groups
from chaland.network.operations.importing import import_postal_rows
from chaland.network.operations.locations import upsert_locations
from chaland.network.operations.organisations import upsert_organisations
from chaland.network.operations.pauses import pause_locations, resume_locations
from chaland.network.operations.places import upsert_postal_areas
from chaland.network.operations.writing import lock_network, refuse_unless_whole_group

__all__ = [
    "agree_to_channels",
    "import_postal_rows",
    "lock_network",
    "pause_locations",
    "refuse_unless_whole_group",
    "resume_locations",
    "upsert_channels",
    "upsert_location_groups",
    "upsert_locations",
    "upsert_organisations",
    "upsert_postal_areas",
]

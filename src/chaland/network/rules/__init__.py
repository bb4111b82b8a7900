"""Pure checks of what is written about the network, and the form in which changes are compared."""

from chaland.network.rules.checks import (
    channel_problems,
    group_problems,
    location_problems,
    organisation_problems,
    pause_problems,
    postal_area_problems,
)
from chaland.network.rules.forms import (
    agreement_form,
    channel_form,
    group_form,
    location_form,
    organisation_form,
    pause_form,
)
from chaland.network.rules.geonames import read_geonames
from chaland.network.rules.postal_prefixes import covering_code, known_prefix

__all__ = [
    "agreement_form",
    "channel_form",
    "channel_problems",
    "covering_code",
    "group_form",
    "group_problems",
    "known_prefix",
    "location_form",
    "location_problems",
    "organisation_form",
    "organisation_problems",
    "pause_form",
    "pause_problems",
    "postal_area_problems",
    "read_geonames",
]

"""What codes are called, and how numbers are written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.formats import number_format

from chaland.network.types import NetworkSnapshot
from chaland.sourcing.types import (
    Sites,
)


@dataclass(frozen=True, slots=True)
class Names:
    """What codes are called."""

    network: NetworkSnapshot
    services: Mapping[str, str]
    skus: Mapping[str, str]

    def channels(self, codes: Sequence[str]) -> list[str]:
        """Return the names of channels."""
        known = self.network.channels
        return [known[code].name if code in known else code for code in codes]

    def places(self, sites: Sites) -> list[str]:
        """Return the names of groups, then of locations."""
        groups = self.network.groups
        named = [groups[code].name if code in groups else code for code in sites.location_groups]
        for code in sites.locations:
            place = self.network.location(code)
            named.append(place.name if place else code)
        return named

    def owners(self, codes: Sequence[str]) -> list[str]:
        """Return the names of organisations."""
        known = {item.code: item.name for item in self.network.organisations}
        return [known.get(code, code) for code in codes]

    def service_names(self, codes: Sequence[str]) -> list[str]:
        """Return the names of carriers' services."""
        return [self.services.get(code, code) for code in codes]


def number(value: Decimal) -> str:
    """Return a number as people write it, without noughts at its end."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return str(number_format(Decimal(text), force_grouping=True))

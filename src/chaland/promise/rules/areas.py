"""Where a parcel goes, as zone tables say it: countries and beginnings of postal codes."""

import re
from collections.abc import Iterable

from chaland.promise.types import Area

EVERYWHERE = Area("*")

_IGNORED = str.maketrans("", "", " -.")
_WRITTEN = re.compile(r"([A-Z]{2})(?:-([0-9A-Z]{1,10}))?|\*")


def area_from(text: str) -> Area | None:
    """Read ``FR``, ``FR-20`` or ``*``; None when *text* is none of these."""
    found = _WRITTEN.fullmatch(text.strip().upper())
    if found is None:
        return None
    return EVERYWHERE if found[1] is None else Area(found[1], found[2] or "")


class AreaMap:
    """The areas that some tables name: each destination is in the finest that covers it."""

    def __init__(self, named: Iterable[Area]) -> None:
        self.areas = (EVERYWHERE, *sorted(set(named) - {EVERYWHERE}))
        self._index = {area: place for place, area in enumerate(self.areas)}
        self._longest = max(len(area.prefix) for area in self.areas)

    def __len__(self) -> int:
        return len(self.areas)

    def place_of(self, country: str, postal_code: str) -> int:
        """Return the index of the area that a destination is in; 0 when none names it."""
        code = postal_code.upper().translate(_IGNORED).removeprefix(country)
        for length in range(min(self._longest, len(code)), -1, -1):
            found = self._index.get(Area(country, code[:length]))
            if found is not None:
                return found
        return 0


def covering(area: Area, among: Iterable[Area]) -> Area | None:
    """Return the finest of *among* that covers the whole of *area*, or None."""
    found = [item for item in among if _covers(item, area)]
    return max(found, key=lambda item: (item != EVERYWHERE, len(item.prefix)), default=None)


def _covers(wide: Area, area: Area) -> bool:
    if wide == EVERYWHERE:
        return True
    return wide.country == area.country and area.prefix.startswith(wide.prefix)

"""Where French postal codes are, from a small built-in table; no download, no licence to heed.

It holds the seat of each département and the largest other towns. A retailer who needs each
commune, or another country, loads postal areas of its own (``operations.upsert_postal_areas``).
"""

import csv
import re
from functools import cache
from importlib import resources

from chaland.network.types import Place

_FRENCH_CODE = re.compile(r"\d{5}")
_CORSICA, _OVERSEAS, _FIRST_OF_NORTHERN_CORSICA = "20", "97", "20200"


def built_in_place(country: str, postal_code: str) -> Place | None:
    """Return where *postal_code* is: its town, else the seat of its département, else None."""
    if country != "FR":
        return None
    towns, seats = _french_places()
    if town := towns.get(postal_code):
        return town
    department = french_department(postal_code)
    return None if department is None else seats.get(department)


def french_department(postal_code: str) -> str | None:
    """Return the number of the département of a French postal code, or None when it is not one.

    Corsica shares the digits 20: codes from 20200 on belong to Haute-Corse (2B).
    """
    if not _FRENCH_CODE.fullmatch(postal_code):
        return None
    start = postal_code[:2]
    if start == _CORSICA:
        return "2B" if postal_code >= _FIRST_OF_NORTHERN_CORSICA else "2A"
    return postal_code[:3] if start == _OVERSEAS else start


def holiday_region(country: str, postal_code: str) -> str:
    """Return the region whose public holidays count at a French postal code, empty for none.

    Alsace and Moselle keep Good Friday and 26 December; overseas departments keep the abolition of
    slavery.
    """
    department = french_department(postal_code) if country == "FR" else None
    return _REGIONS_WITH_HOLIDAYS.get(department or "", "")


_REGIONS_WITH_HOLIDAYS = {
    "57": "57",
    "67": "6AE",
    "68": "6AE",
    "971": "971",
    "972": "972",
    "973": "973",
    "974": "974",
    "976": "976",
}


@cache
def _french_places() -> tuple[dict[str, Place], dict[str, Place]]:
    """Read the table: places by postal code, and seats by département."""
    towns: dict[str, Place] = {}
    seats: dict[str, Place] = {}
    table = resources.files(__package__) / "places_fr.csv"
    for row in csv.DictReader(table.read_text(encoding="utf-8").splitlines()):
        latitude, longitude = float(row["latitude"]), float(row["longitude"])
        town = Place(latitude, longitude, "postal_code", row["name"])
        towns.update(dict.fromkeys(row["postal_codes"].split(), town))
        if row["seat"] == "yes":
            seats[row["department"]] = Place(latitude, longitude, "department", row["name"])
    return towns, seats

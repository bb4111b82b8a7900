"""The postal code tables of GeoNames (https://download.geonames.org/export/zip/readme.txt).

Tab-separated, UTF-8, no heading: country code, postal code, place name, admin name and code of
three levels, latitude, longitude, accuracy.
"""

from chaland.kernel.codes import is_country
from chaland.kernel.errors import FieldProblem
from chaland.network.rules.checks import LONGEST_POSTAL_CODE, LONGEST_TEXT
from chaland.network.types import PostalRow

_COLUMNS = 11
"""Columns that must be there; the accuracy behind them is missing in old files."""

_HIGHEST_LATITUDE, _HIGHEST_LONGITUDE = 90, 180


def read_geonames(line: str) -> PostalRow | FieldProblem:
    """Read one line of the table, or say what is wrong with it."""
    columns = line.rstrip("\r\n").split("\t")
    if len(columns) < _COLUMNS:
        return FieldProblem(
            "line",
            "too_few_columns",
            f"has {len(columns)} column(s) between tabs, not {_COLUMNS} or 12",
            "Take the file as GeoNames offers it, without passing it through a spreadsheet.",
        )
    country, code, name, region = (text.strip() for text in columns[:4])
    if not is_country(country):
        return FieldProblem(
            "country_code", "invalid_country", f"{country!r} is no country", "Send two capitals."
        )
    if not code or len(code) > LONGEST_POSTAL_CODE:
        return FieldProblem(
            "postal_code",
            "invalid_postal_code",
            f"{code!r} has not 1 to {LONGEST_POSTAL_CODE} characters",
            "Remove the line.",
        )
    try:
        latitude, longitude = float(columns[9]), float(columns[10])
    except ValueError:
        latitude = longitude = float("nan")
    if not (abs(latitude) <= _HIGHEST_LATITUDE and abs(longitude) <= _HIGHEST_LONGITUDE):
        return FieldProblem(
            "latitude",
            "not_on_earth",
            f"{columns[9]!r}, {columns[10]!r} are no degrees on the Earth",
            "Write decimal degrees with a point.",
        )
    return PostalRow(
        country, code, name[:LONGEST_TEXT] or code, region[:LONGEST_TEXT], latitude, longitude
    )

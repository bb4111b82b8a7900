"""The built-in table of French places."""

import csv
import os
from importlib import resources
from pathlib import Path

import pytest

from chaland.network.places import built_in_place, french_department, holiday_region

ROWS = list(
    csv.DictReader(
        (resources.files("chaland.network") / "places_fr.csv").read_text("utf-8").splitlines()
    )
)
SHARED = (
    Path(os.environ.get("CHALAND_SHARED", Path(__file__).resolve().parents[3] / "shared"))
    / "data/geonames_postal/eu_postal.parquet"
)


def test_every_metropolitan_departement_has_exactly_one_seat() -> None:
    numbers = [f"{number:02}" for number in range(1, 96) if number != 20] + ["2A", "2B"]
    seats = [row["department"] for row in ROWS if row["seat"] == "yes"]
    assert sorted(set(seats)) == sorted(seats)
    assert set(numbers) <= set(seats)
    assert len(numbers) == 96


def test_no_postal_code_is_given_twice_and_each_lies_in_its_departement() -> None:
    codes = [(code, row["department"]) for row in ROWS for code in row["postal_codes"].split()]
    assert len({code for code, _ in codes}) == len(codes)
    assert all(french_department(code) == department for code, department in codes)


def test_a_town_is_known_by_its_code_and_a_village_by_its_departement() -> None:
    lyon = built_in_place("FR", "69002")
    village = built_in_place("FR", "48400")
    assert lyon is not None
    assert (lyon.name, lyon.precision) == ("Lyon", "postal_code")
    assert village is not None
    assert (village.name, village.precision) == ("Mende", "department")


@pytest.mark.parametrize(
    ("country", "code"),
    [("FR", "00000"), ("FR", "99999"), ("FR", "7500"), ("FR", ""), ("BE", "1000")],
)
def test_an_unknown_place_is_none(country: str, code: str) -> None:
    assert built_in_place(country, code) is None


@pytest.mark.parametrize(
    ("code", "department"),
    [("20090", "2A"), ("20200", "2B"), ("20199", "2A"), ("97410", "974"), ("01000", "01")],
)
def test_corsica_is_two_and_overseas_have_three_digits(code: str, department: str) -> None:
    assert french_department(code) == department


def test_alsace_and_moselle_have_holidays_of_their_own() -> None:
    assert holiday_region("FR", "67000") == "6AE"
    assert holiday_region("FR", "57000") == "57"
    assert holiday_region("FR", "75001") == ""
    assert holiday_region("DE", "67059") == ""


def test_the_table_agrees_with_geonames() -> None:
    if not SHARED.exists():
        pytest.skip("the shared data is not beside the repository")
    polars = pytest.importorskip("polars")
    frame = polars.read_parquet(SHARED).filter(polars.col("country_code") == "FR")
    known: dict[str, list[tuple[float, float]]] = {}
    for code, latitude, longitude in frame.select("zipcode", "latitude", "longitude").iter_rows():
        known.setdefault(code, []).append((float(latitude), float(longitude)))
    wrong = [
        (row["name"], code)
        for row in ROWS
        for code in row["postal_codes"].split()
        if code in known
        and not any(
            # A commune's centroid lies up to some kilometres from its town hall.
            abs(latitude - float(row["latitude"])) < 0.08
            and abs(longitude - float(row["longitude"])) < 0.08
            for latitude, longitude in known[code]
        )
    ]
    assert wrong == []

"""Where replayed orders go: by population, and always the same."""

from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from chaland.replay.destinations import Destination, Destinations, read_destinations
from chaland.replay.types import ReplayError

BIG = Destination("Grandville", "10000", 48.0, 4.0)
SMALL = Destination("Petitbourg", "10001", 48.1, 4.1)


def test_the_same_invoice_goes_to_the_same_place() -> None:
    lottery = Destinations([(BIG, 900), (SMALL, 100)])
    again = Destinations([(BIG, 900), (SMALL, 100)])
    numbers = [str(536_365 + index) for index in range(200)]
    assert [lottery.of(number) for number in numbers] == [again.of(number) for number in numbers]


def test_places_are_drawn_by_their_inhabitants() -> None:
    lottery = Destinations([(BIG, 900), (SMALL, 100)])
    drawn = Counter(lottery.of(str(index)).city for index in range(5_000))
    assert 0.87 < drawn["Grandville"] / 5_000 < 0.93


def test_a_table_is_joined_with_coordinates_and_cleaned(tmp_path: Path) -> None:
    communes = tmp_path / "communes.csv"
    communes.write_text(
        "code,nom,type,dep,pop,cps\n"
        "1,Deux-Codes,commune-actuelle,10,1000.0,10000|10001\n"
        "2,Sans-Code,commune-actuelle,10,500.0,\n"
        "3,Vieux-Nom,commune-deleguee,10,500.0,10002\n"
        "4,Outre-Mer,commune-actuelle,974,900.0,97400\n"
        "5,Un-Code,commune-actuelle,10,700.0,10003\n"
    )
    codes = tmp_path / "codes.parquet"
    pl.DataFrame(
        {
            "country_code": ["FR", "FR", "FR", "DE"],
            "zipcode": ["10000", "10001", "10003", "10003"],
            "latitude": [48.0, 48.2, 47.0, 1.0],
            "longitude": [4.0, 4.2, 3.0, 1.0],
        }
    ).write_parquet(codes)
    places = read_destinations(communes, codes)
    drawn = {places.of(str(index)) for index in range(500)}
    assert drawn == {
        Destination("Deux-Codes", "10000", 48.0, 4.0),
        Destination("Deux-Codes", "10001", 48.2, 4.2),
        Destination("Un-Code", "10003", 47.0, 3.0),
    }
    assert [place.city for place in places.largest(2)] == ["Deux-Codes", "Un-Code"]
    without = read_destinations(communes, None)
    assert without.of("1").latitude is None


def test_a_table_of_nobody_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "communes.csv"
    empty.write_text("code,nom,type,dep,pop,cps\n")
    with pytest.raises(ReplayError, match="no inhabited place"):
        read_destinations(empty, None)
    empty.write_text("a,b\n1,2\n")
    with pytest.raises(ReplayError, match="lacks the columns nom"):
        read_destinations(empty, None)

"""Postal codes from a table, however customers write them; unknown ones by their region."""

import json
import zipfile
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from chaland.network.commands import register
from chaland.network.queries import resolve_place
from chaland.network.rules import covering_code, known_prefix
from tests.network.test_places import SHARED

TABLE = """\
FR\t38112\tAutrans\tAuvergne-Rhône-Alpes\t84\tIsère\t38\t\t\t45.17\t5.54\t5
FR\t38112\tMéaudre\tAuvergne-Rhône-Alpes\t84\tIsère\t38\t\t\t45.13\t5.53\t5
FR\t38114\tAllemond\tAuvergne-Rhône-Alpes\t84\tIsère\t38\t\t\t45.13\t6.04\t5
NL\t1012\tAmsterdam\tNoord-Holland\t07\t\t\t\t\t52.37\t4.90\t6
SE\t624 66\tFårö\tGotland\t05\t\t\t\t\t57.92\t19.13\t4
LU\tL-4968\tClemency\tLuxembourg\tLU\t\t\t\t\t49.60\t5.86\t6
"""

CODES = st.text("0123456789AB", min_size=1, max_size=6)


application = typer.Typer()
register(application)


def load(*arguments: str) -> tuple[int, dict[str, object]]:
    result = CliRunner().invoke(application, ["geo", "import", *arguments, "--json"])
    return result.exit_code, json.loads(result.stdout)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "codes.txt"
    path.write_text(TABLE, encoding="utf-8")
    return path


@pytest.mark.django_db
def test_codes_are_found_however_they_are_written(table: Path) -> None:
    code, answer = load(str(table))
    assert (code, answer["written"], answer["rows"]) == (0, 5, 6)
    two_villages = resolve_place("FR", "38112")
    assert two_villages is not None
    assert (two_villages.name, two_villages.precision) == ("Autrans", "postal_code")
    assert two_villages.latitude == pytest.approx(45.15)
    for country, written in [("NL", "1012 ab"), ("SE", "62466"), ("LU", "4968"), ("LU", "L-4968")]:
        place = resolve_place(country, written)
        assert place is not None, written
        assert place.precision == "postal_code", written


@pytest.mark.django_db
def test_an_unknown_code_falls_back_to_its_region_and_says_so(table: Path) -> None:
    load(str(table))
    place = resolve_place("FR", "38119")
    assert place is not None
    assert (place.name, place.precision) == ("Auvergne-Rhône-Alpes", "region")
    assert place.longitude == pytest.approx((5.535 + 6.04) / 2)
    assert resolve_place("SE", "11120") is None
    built_in = resolve_place("FR", "69002")
    assert built_in is not None
    assert built_in.precision == "postal_code"


@pytest.mark.django_db
def test_an_import_replaces_imports_of_its_countries_and_nothing_else(
    table: Path, tmp_path: Path
) -> None:
    load(str(table))
    newer = tmp_path / "FR.txt"
    newer.write_text(TABLE.splitlines(keepends=True)[2], encoding="utf-8")
    archive = tmp_path / "FR.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(newer, "FR.txt")
        packed.writestr("readme.txt", "not the table")
    code, answer = load(str(archive))
    assert (code, answer["written"], answer["removed"]) == (0, 1, 2)
    moved = resolve_place("FR", "38112")
    assert moved is not None
    assert moved.precision == "region"
    assert resolve_place("NL", "1012") is not None


@pytest.mark.django_db
def test_lines_that_cannot_be_read_are_named_and_the_others_land(table: Path) -> None:
    table.write_text(
        TABLE + "FR\t38000\tGrenoble\n" + "FR\t1\tX\t\t\t\t\t\t\t95\tfive\t1\n", "utf-8"
    )
    code, answer = load(str(table))
    assert (code, answer["written"], answer["unreadable"]) == (1, 5, 2)
    problems = answer["problems"]
    assert isinstance(problems, list)
    assert [(item["line"], item["field"]) for item in problems] == [(7, "line"), (8, "latitude")]


@pytest.mark.django_db
def test_a_country_may_be_picked_and_a_file_that_is_none_is_refused(
    table: Path, tmp_path: Path
) -> None:
    assert load(str(table), "--country", "nl")[1]["countries"] == ["NL"]
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK nothing")
    assert CliRunner().invoke(application, ["geo", "import", str(broken)]).exit_code == 2
    assert CliRunner().invoke(application, ["geo", "import", str(tmp_path)]).exit_code == 2


@given(CODES, st.lists(CODES, max_size=12))
def test_the_longest_prefix_is_shared_with_a_neighbour(asked: str, codes: list[str]) -> None:
    known = sorted(set(codes) - {asked})
    before = [code for code in known if code < asked][-1:]
    after = [code for code in known if code > asked][:1]
    lengths = [n for n in range(1, len(asked) + 1) if any(k.startswith(asked[:n]) for k in known)]
    longest = max(lengths, default=0)
    assert known_prefix(asked, before + after) == (asked[:longest] if longest >= 2 else None)


def test_a_finer_code_is_covered_but_a_longer_number_is_not() -> None:
    assert covering_code("1012AB", ["1012"]) == "1012"
    assert covering_code("750011", ["75001"]) is None


@pytest.mark.django_db
def test_the_real_table_places_what_it_knows_where_it_says(tmp_path: Path) -> None:
    if not SHARED.exists():
        pytest.skip("the shared data is not beside the repository")
    polars = pytest.importorskip("polars")
    frame = polars.read_parquet(SHARED).filter(polars.col("country_code").is_in(["FR", "SE", "NL"]))
    path = tmp_path / "table.txt"
    with path.open("w", encoding="utf-8") as table:
        for country, code, place, state, _, latitude, longitude in frame.iter_rows():
            columns = [
                country,
                code,
                place,
                state or "",
                *[""] * 5,
                f"{latitude}",
                f"{longitude}",
                "6",
            ]
            table.write("\t".join(columns) + "\n")
    code, answer = load(str(path))
    assert code == 0
    assert answer["rows"] == frame.height
    unknown = resolve_place("FR", "38999")
    assert unknown is not None
    assert unknown.precision == "region"
    assert abs(unknown.latitude - 45.2) < 0.7

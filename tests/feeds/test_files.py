"""Files land whole or not at all; their good lines are merged, and the others wait."""

import gzip
from datetime import timedelta

import pytest

from chaland.feeds.types import FeedMode, FileFormat, Layout, RunState
from chaland.kernel import clock
from tests.feeds.conftest import POS, House

pytestmark = pytest.mark.django_db

HEAD = "sku;location;quantity\n"


def test_a_snapshot_changes_what_differs(house: House) -> None:
    house.feed()
    run = house.load(HEAD + "LAMP;WH;9\nLAMP;SHOP-PARIS;5\nTABLE;WH;3\n")
    assert (run.state, run.problem) == (RunState.DONE, "")
    assert (run.tally.read, run.tally.applied, run.tally.unchanged) == (3, 2, 1)
    assert (run.tally.units_in, run.tally.units_out, run.done) == (3, 1, 3)
    assert house.on_hand() == {
        "LAMP WH": 9,
        "LAMP SHOP-PARIS": 5,
        "CHAIR WH": 20,
        "CHAIR SHOP-LILLE": 2,
        "TABLE WH": 3,
    }
    house.retailer.assert_stock_is_true()


def test_bad_lines_wait_and_the_good_ones_land(house: House) -> None:
    house.feed()
    run = house.load(
        HEAD
        + "LAMP;WH;9\n"
        + "LAMPE;WH;9\n"
        + "LAMP;WAREHOUSE;9\n"
        + "CORNER;WH;1\n"
        + "CHAIR;WH;-1\n"
        + "CHAIR;WH;1,5\n"
        + "CHAIR;WH;1.000\n"
        + "CHAIR;SHOP-LILLE;twelve\n"
        + "VASE;WH;\n"
        + "VASE;WH\n"
        + "VASE;WH;1;2\n"
        + "\n"
        + "VASE;SHOP-LYON;7,0\n"
        + "VASE;WH;99999999999\n"
        + ";WH;1\n"
    )
    assert run.state == RunState.DONE
    assert house.why() == [
        (10, "missing", "quantity"),
        (11, "wrong_columns", ""),
        (12, "wrong_columns", ""),
        (15, "out_of_range", "quantity"),
        (16, "missing", "sku"),
        (3, "unknown_sku", "sku"),
        (4, "unknown_location", "location"),
        (5, "kit_has_no_stock", "sku"),
        (6, "negative", "quantity"),
        (7, "not_whole", "quantity"),
        (8, "not_a_number", "quantity"),
        (9, "not_a_number", "quantity"),
    ]
    assert (run.tally.read, run.tally.applied, run.tally.quarantined) == (14, 2, 12)
    assert house.on_hand()["VASE SHOP-LYON"] == 7


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty_file"),
        ("sku,location,quantity\nLAMP,WH,1\n", "missing_column"),
        ((HEAD + "LAMP;WH;1\nCHÂTEAU;WH;1\n").encode("cp1252"), "wrong_encoding"),
        ((HEAD + "LAMP;WH;1\n").encode("utf-16"), "not_text"),
        (gzip.compress((HEAD + "LAMP;WH;1\n" * 100).encode())[:-9], "half_received"),
    ],
    ids=["empty", "separator", "encoding", "utf-16", "half a gzip"],
)
def test_what_is_no_such_file_changes_nothing(house: House, text: str | bytes, code: str) -> None:
    house.feed()
    before = house.on_hand()
    run = house.load(text)
    assert (run.state, run.problem_code) == (RunState.FAILED, code)
    assert run.problem
    assert house.on_hand() == before


def test_european_files_are_read_as_the_feed_says(house: House) -> None:
    layout = Layout(
        columns={"sku": "Artikel", "location": "Filiale", "quantity": "Bestand", "as_of": "Stand"},
        separator="|",
        encoding="utf-16",
        time_format="%d.%m.%Y %H:%M",
        time_zone="Europe/Berlin",
    )
    house.feed(layout=layout)
    moment = clock.now() - timedelta(minutes=90)
    text = (
        "Filiale|Größe|Stand|Artikel|Bestand\r\n"
        f'WH|"a ""b"" | c"|{moment.astimezone():%d.%m.%Y %H:%M}|LAMP|"7,00"\r\n'
        "WH|x|31.02.2026 08:00|CHAIR|1\r\n"
    )
    run = house.load(text.encode("utf-16"))
    assert (run.problem, run.tally.applied, house.why()) == (
        "",
        1,
        [(3, "not_a_time", "as_of")],
    )


def test_half_a_file_lands_not_at_all(house: House) -> None:
    house.feed()
    before = house.on_hand()
    for text, lines in (
        (HEAD + "LAMP;WH;1\nCHAIR;WH;1\n", 3),
        (HEAD + "LAMP;WH;1\n# lines=2\n", None),
    ):
        run = house.load(text, lines=lines)
        assert (run.state, run.problem_code) == (RunState.FAILED, "half_received")
    house.feed(layout=Layout(trailer=True))
    run = house.load(HEAD + "LAMP;WH;1\n")
    assert (run.state, run.problem_code) == (RunState.FAILED, "half_received")
    assert house.on_hand() == before
    moment = clock.now() - timedelta(minutes=5)
    run = house.load(f"{HEAD}LAMP;WH;1\n# lines=1 as_of={moment.isoformat()}\n", lines=1)
    assert (run.state, run.as_of) == (RunState.DONE, moment)


def test_deltas_count_once(house: House) -> None:
    house.feed(POS)
    moment = clock.now() - timedelta(seconds=5)
    line = '{"sku":"%s","location":"WH","quantity":%s,"line_id":"%s","as_of":"%s"}\n'
    text = "".join(
        line % (*row, moment.isoformat())
        for row in (("LAMP", -2, "a"), ("LAMP", -2, "a"), ("CHAIR", '"-1"', "b"), ("VASE", 1, ""))
    )
    run = house.load(text + "[1]\n{\n", "pos")
    assert (run.tally.applied, run.tally.duplicate) == (2, 1)
    assert house.why("pos") == [
        (4, "missing", "line_id"),
        (5, "not_json", ""),
        (6, "not_json", ""),
    ]
    again = house.load(text, "pos")
    assert (again.tally.applied, again.tally.duplicate) == (0, 3)
    assert house.on_hand()["LAMP WH"] == 8
    assert house.on_hand()["CHAIR WH"] == 19


def test_a_snapshot_closes_only_when_told(house: House) -> None:
    house.feed(closes_unmentioned=True, most_closed_percent=50)
    text = HEAD + "LAMP;WH;10\nLAMP;SHOP-LILLE;0\nCHAIR;SHOP-LILLE;x\n"
    house.load(text)
    assert house.on_hand()["CHAIR WH"] == 20
    run = house.load(text, closes_unmentioned=True)
    assert (run.closed, run.tally.applied) == (1, 1)
    # A line of no use mentions its position all the same.
    assert house.on_hand() == {
        "LAMP WH": 10,
        "LAMP SHOP-PARIS": 5,
        "CHAIR WH": 0,
        "CHAIR SHOP-LILLE": 2,
    }


def test_a_snapshot_that_would_close_too_much_closes_nothing(house: House) -> None:
    house.feed(closes_unmentioned=True, most_closed_percent=20)
    run = house.load(HEAD + "LAMP;WH;1\n", closes_unmentioned=True)
    assert (run.state, run.problem_code) == (RunState.FAILED, "would_close_too_many")
    assert house.on_hand()["LAMP WH"] == 10


def test_a_feed_speaks_only_of_its_own_places(house: House) -> None:
    house.feed(organisations=("nord",))
    house.load(HEAD + "LAMP;WH;1\nCHAIR;SHOP-LILLE;1\n")
    assert house.why() == [(2, "outside_feed", "location")]
    assert house.on_hand()["CHAIR SHOP-LILLE"] == 1


def test_fast_and_careful_reading_agree(house: House) -> None:
    """Quotes make a file be read line by line: what comes out is the same."""
    house.feed(mode=FeedMode.COUNT)
    lines = ["LAMP;WH;9", "LAMP;SHOP-PARIS; 6 ", "X;WH;1", "VASE;WH;+4", "VASE;WH", "CHAIR;WH;0"]
    house.load(HEAD + "\n".join(lines))
    plain, why = house.on_hand(), house.why()
    quoted = [";".join(f'"{part}"' for part in line.split(";")) for line in lines]
    run = house.load(HEAD + "\n".join(quoted))
    assert (house.on_hand(), run.tally.applied) == (plain, 0)
    assert house.why() == sorted(why * 2, key=str)


def test_the_layout_of_json_lines_is_the_feeds(house: House) -> None:
    layout = Layout(format=FileFormat.JSON_LINES, columns={"quantity": "qty"})
    house.feed(layout=layout)
    house.load('\ufeff{"sku": "LAMP", "location": "WH", "qty": 4}\n\n{"qty": true, "sku": "VASE"}')
    assert house.on_hand()["LAMP WH"] == 4
    assert house.why() == [(3, "missing", "location")]

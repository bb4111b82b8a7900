"""Cursors, versions, amounts and times, as every route shares them."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Annotated, Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter, ValidationError

from chaland.kernel.errors import DomainError, InvalidInputError
from chaland.kernel.money import Money
from chaland.web.etags import check_if_match, etag_of, set_etag
from chaland.web.pagination import decode_cursor, encode_cursor, next_url
from chaland.web.rate_limits import check_rate
from chaland.web.schemas import (
    Body,
    ClockTime,
    Code,
    Day,
    Moment,
    MoneyBody,
    MoneyView,
    Quantity,
)

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=50)
NUMBERS = st.integers(-(2**63), 2**63 - 1)


@given(TEXT, NUMBERS)
def test_a_cursor_is_read_back(text: str, number: int) -> None:
    assert decode_cursor(encode_cursor([text, number]), str, int) == (text, number)


@given(st.text(max_size=80))
def test_any_text_is_a_cursor_or_refused(text: str) -> None:
    try:
        values = decode_cursor(text, str, int)
    except InvalidInputError:
        return
    assert [type(value) for value in values] == [str, int]


@pytest.mark.parametrize("values", [[1], ["a", "b"], ["a"], ["a", True], ["a", 1, 2], ["\0", 1]])
def test_a_cursor_of_another_list_is_refused(values: list[Any]) -> None:
    with pytest.raises(InvalidInputError):
        decode_cursor(encode_cursor(values), str, int)


def test_the_next_page_keeps_the_filters() -> None:
    request = RequestFactory().get("/api/v1/things?state=late&cursor=old&tag=a&tag=b&limit=2")
    assert next_url(request, "new") == "/api/v1/things?state=late&tag=a&tag=b&limit=2&cursor=new"
    assert next_url(request, None) is None


@pytest.mark.parametrize("header", [None, "*", '"3"', '"1", "3"', ' "3" '])
def test_a_version_that_may_be_changed(header: str | None) -> None:
    headers = {} if header is None else {"If-Match": header}
    check_if_match(RequestFactory().get("/", headers=headers), 3)


@pytest.mark.parametrize("header", ['"2"', "3", 'W/"3"', '""', '"33"'])
def test_a_version_that_may_not(header: str) -> None:
    with pytest.raises(DomainError) as refusal:
        check_if_match(RequestFactory().get("/", headers={"If-Match": header}), 3)
    assert (refusal.value.status, refusal.value.extra["version"]) == (412, 3)


def test_the_version_is_on_the_answer() -> None:
    response = HttpResponse()
    set_etag(response, 7)
    assert response.headers["ETag"] == etag_of(7) == '"7"'


@given(st.decimals(Decimal("-999999999.99"), Decimal("999999999.99"), places=2))
def test_an_amount_is_read_exactly(amount: Decimal) -> None:
    money = MoneyBody(amount=str(amount), currency="EUR").to_money()
    assert money == Money(amount, "EUR")
    assert MoneyView.of(money).amount == str(money.amount)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        (12.9, "EUR"),
        (12, "EUR"),
        ("12.901", "EUR"),
        ("1e3", "EUR"),
        ("NaN", "EUR"),
        ("+1", "EUR"),
        (".5", "EUR"),
        ("1 000", "EUR"),
        ("1,5", "EUR"),
        ("١٢", "EUR"),
        ("10000000000", "EUR"),
        ("12.90", "eur"),
        ("12.90", "EURO"),
        ("12.90", "JPY"),
    ],
)
def test_what_is_no_amount(amount: Any, currency: str) -> None:
    with pytest.raises(ValidationError):
        MoneyBody(amount=amount, currency=currency)


def test_a_currency_without_cents_takes_whole_amounts() -> None:
    assert MoneyBody(amount="12.00", currency="JPY").to_money() == Money(Decimal(12), "JPY")


@pytest.mark.parametrize("value", [0, -1, 10**9, 1_000_001, "3", 3.0, True, None])
def test_what_is_no_quantity(value: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Quantity).validate_python(value)


@pytest.mark.parametrize("value", ["", "a b", "é", "x" * 65, "a/b", "a\n"])
def test_what_is_no_code(value: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Code).validate_python(value)


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-20",
        "2026-11-20T10:00:00",
        "2026-11-20 10:00:00Z",
        "2026-02-30T10:00:00Z",
        "1999-12-31T23:59:59Z",
        "2100-01-01T00:00:00Z",
        "1732093200",
        1732093200,
        "soon",
    ],
)
def test_what_is_no_moment(value: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Moment).validate_python(value)


def test_a_moment_keeps_its_instant() -> None:
    moment = TypeAdapter(Moment).validate_python("2026-11-20T10:00:00+01:00")
    assert moment == datetime(2026, 11, 20, 9, tzinfo=UTC)


class Opening(Body):
    """A body with something of every kind that is easily guessed."""

    day: Day
    opens: ClockTime
    pieces: int | None = None
    price: Annotated[float, Field(ge=0)] = 0
    open: bool = True


@pytest.mark.parametrize(
    "wrong",
    [
        {"pieces": "3"},
        {"pieces": 3.0},
        {"pieces": True},
        {"price": "1.5"},
        {"open": 1},
        {"open": "yes"},
        {"day": 20000},
        {"day": "20000"},
        {"day": "2026-11-20T00:00:00"},
        {"day": "2026-02-30"},
        {"day": "1999-12-31"},
        {"opens": 32400},
        {"opens": "9:00"},
        {"opens": "24:00"},
        {"opens": "09:00:30"},
        {"opens": "09:00Z"},
    ],
)
def test_nothing_is_guessed(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refusal:
        Opening.model_validate({"day": "2026-11-20", "opens": "09:00", **wrong})
    assert [error["loc"] for error in refusal.value.errors()] == [(next(iter(wrong)),)]


def test_what_is_written_as_it_should_be_is_read() -> None:
    sent = {"day": "2026-11-20", "opens": "09:00", "pieces": 3, "price": 2, "open": False}
    read = Opening.model_validate(sent)
    assert (read.day, read.opens) == (date(2026, 11, 20), time(9))
    assert (read.pieces, read.price, read.open) == (3, 2.0, False)


class Seconds:
    """A clock that tests move by hand."""

    def __init__(self) -> None:
        self.now = 1000.0


@pytest.fixture
def seconds(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Seconds:
    """Allow sixty requests a minute, on a clock of our own."""
    clock = Seconds()
    settings.CHALAND_RATE_PER_MINUTE = 60
    monkeypatch.setattr("chaland.web.rate_limits.time.monotonic", lambda: clock.now)
    return clock


def allowed(principal: str = "key_a", tries: int = 200) -> int:
    """Ask until refused; return how often it was allowed."""
    for count in range(tries):
        try:
            check_rate(principal)
        except DomainError:
            return count
    return tries


@pytest.mark.usefixtures("seconds")
def test_a_minutes_worth_may_come_at_once() -> None:
    assert allowed() == 60


def test_the_bucket_refills_evenly(seconds: Seconds) -> None:
    allowed()
    seconds.now += 5
    assert allowed() == 5
    seconds.now += 3600
    assert allowed() == 60


@pytest.mark.usefixtures("seconds")
def test_principals_do_not_share_a_bucket() -> None:
    allowed("key_a")
    assert allowed("key_b") == 60


@pytest.mark.usefixtures("seconds")
def test_zero_sets_no_limit(settings: Any) -> None:
    settings.CHALAND_RATE_PER_MINUTE = 0
    assert allowed(tries=1000) == 1000

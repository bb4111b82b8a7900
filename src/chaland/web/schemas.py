"""The building blocks of bodies and answers."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError

from chaland.kernel.errors import FieldProblem, InvalidInputError
from chaland.kernel.money import Money, minor_digits
from chaland.kernel.restrictions import MOST_RESTRICTIONS, RESTRICTION_PATTERN

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
HIGHEST_QUANTITY = 1_000_000
BULK_LIMIT = 500


_EXACT = frozenset({"bool", "int", "float"})


def _make_exact(node: object) -> None:
    if isinstance(node, dict):
        if node.get("type") in _EXACT:
            node["strict"] = True
        for name, part in node.items():
            if name not in {"metadata", "default", "serialization"}:
                _make_exact(part)
    elif isinstance(node, list | tuple):
        for part in node:
            _make_exact(part)


class Body(BaseModel):
    """What a client sends: unknown fields are refused, texts are stripped and hold no NUL.

    Nothing is guessed: a number in quotes is no number, and 1 or "yes" is not true.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler, /
    ) -> CoreSchema:
        """Make every number and flag of the body exact, however its field was declared."""
        schema = handler(source)
        _make_exact(schema)
        return schema


def example(sent: dict[str, Any]) -> ConfigDict:
    """Return the ``model_config`` of a body of which *sent* is an example."""
    return ConfigDict(json_schema_extra={"examples": [sent]})


class Change(Body):
    """What a client wants changed: fields that are left out stay as they are.

    Subclasses declare each field with None as its default, for "left out".
    """

    reason: Annotated[str, Field(max_length=500)] = ""

    def changes(self) -> dict[str, Any]:
        """Return the fields that were sent, without the reason.

        Raises InvalidInputError for a field that was sent as null.
        """
        sent = self.model_dump(exclude_unset=True, exclude={"reason"})
        problems = [
            FieldProblem(name, "null", "is null", "Leave the field out to keep its value.")
            for name, value in sent.items()
            if value is None
        ]
        if problems:
            raise InvalidInputError(problems)
        return sent


class View(BaseModel):
    """What a client is answered."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


def _plausible(moment: datetime) -> datetime:
    if not EARLIEST <= moment < LATEST:
        raise PydanticCustomError("implausible_time", "lies outside the years 2000 to 2099")
    return moment


def _plausible_day(day: date) -> date:
    if not EARLIEST.date() <= day < LATEST.date():
        raise PydanticCustomError("implausible_time", "lies outside the years 2000 to 2099")
    return day


def _written(pattern: str, kind: str, example: str) -> Callable[[Any], Any]:
    """Make a check that a time is written as *pattern* says: else any number would be a time."""
    form = re.compile(pattern, re.ASCII)

    def check(value: Any) -> Any:
        if isinstance(value, str) and not form.fullmatch(value.strip()):
            raise PydanticCustomError(kind, "is not written as {example}", {"example": example})
        if isinstance(value, int | float):
            raise PydanticCustomError(kind, "is not text such as {example}", {"example": example})
        return value

    return check


_CLOCK = r"([01]\d|2[0-3]):[0-5]\d"

Moment = Annotated[
    AwareDatetime,
    BeforeValidator(
        _written(
            rf"\d{{4}}-\d\d-\d\d[Tt]{_CLOCK}:[0-5]\d(\.\d+)?([Zz]|[+-]{_CLOCK})?",
            "datetime_parsing",
            "2026-11-20T10:00:00+01:00",
        )
    ),
    AfterValidator(_plausible),
]
"""A point in time with its offset (RFC 3339), between the years 2000 and 2099."""

Day = Annotated[
    date,
    BeforeValidator(_written(r"\d{4}-\d\d-\d\d", "date_parsing", "2026-11-20")),
    AfterValidator(_plausible_day),
]
"""A day between the years 2000 and 2099."""

ClockTime = Annotated[
    time,
    BeforeValidator(_written(rf"{_CLOCK}(:00)?", "time_parsing", "09:30")),
    WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9](:00)?$"}),
]
"""A local time of day in whole minutes, such as 09:30."""

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
"""The retailer's own name for a thing: 1 to 64 letters, digits, dots, underscores and hyphens."""

Quantity = Annotated[int, Field(strict=True, ge=1, le=HIGHEST_QUANTITY)]
"""A count of units, from 1 to a million; a whole JSON number, not text."""

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""An ISO 4217 code."""

Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
"""An ISO 3166-1 alpha-2 code."""

Line = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""A short text."""

Restrictions = Annotated[
    list[Annotated[str, StringConstraints(pattern=RESTRICTION_PATTERN)]],
    Field(max_length=MOST_RESTRICTIONS),
]
"""What goods ask of a site and of a carrier, in the retailer's own words: `cold`, `alcohol`."""

Amount = Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,9}(\.[0-9]{1,2})?$")]
"""A decimal number as text, with at most two decimals."""


class MoneyBody(Body):
    """An amount as sent: ``{"amount": "12.90", "currency": "EUR"}``."""

    amount: Amount
    currency: Currency

    @model_validator(mode="after")
    def _no_finer_than_the_currency(self) -> Self:
        digits = minor_digits(self.currency)
        if len(self.amount.partition(".")[2].rstrip("0")) > digits:
            raise PydanticCustomError(
                "too_many_decimals",
                "has more decimals than {currency} allows ({digits})",
                {"currency": self.currency, "digits": digits},
            )
        return self

    def to_money(self) -> Money:
        """Return the kernel's money, with exactly the decimals of its currency."""
        return Money.of(self.amount, self.currency)


class MoneyView(View):
    """An amount as answered."""

    amount: str
    currency: str

    @classmethod
    def of(cls, money: Money) -> "MoneyView":
        """Show *money*."""
        return cls(amount=str(money.amount), currency=money.currency)


class FieldProblemView(View):
    """One field that is wrong, and how to mend it."""

    field: str
    code: str
    message: str
    fix: str


class ProblemView(View):
    """What went wrong (RFC 9457), with a stable ``code`` and what to do about it."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    fix: str
    errors: list[FieldProblemView] = []
    instance: str = ""


class BulkItem(View):
    """What became of one item of a bulk request; ``index`` counts from 0."""

    index: int
    status: Literal[
        "created", "updated", "unchanged", "rejected", "duplicate", "stale", "superseded"
    ]
    id: str | None = None
    code: str | None = None
    problem: ProblemView | None = None


class BulkAnswer(View):
    """What became of each item, in the order they were sent."""

    results: list[BulkItem]

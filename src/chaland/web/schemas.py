"""The building blocks of bodies and answers."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from chaland.kernel.errors import FieldProblem, InvalidInputError
from chaland.kernel.money import Money, minor_digits

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
HIGHEST_QUANTITY = 1_000_000
BULK_LIMIT = 500


class Body(BaseModel):
    """What a client sends: unknown fields are refused, texts are stripped and hold no NUL."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


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


Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]
"""A point in time with its offset (RFC 3339), between the years 2000 and 2099."""

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
    status: Literal["created", "updated", "unchanged", "rejected", "duplicate"]
    id: str | None = None
    code: str | None = None
    problem: ProblemView | None = None


class BulkAnswer(View):
    """What became of each item, in the order they were sent."""

    results: list[BulkItem]

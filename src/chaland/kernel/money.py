"""Money: an exact amount and its currency, never a float."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

_MINOR_DIGITS = {"JPY": 0, "ISK": 0, "HUF": 2}
_DEFAULT_MINOR_DIGITS = 2


class CurrencyMismatchError(ValueError):
    """Two amounts of different currencies were added or compared."""


def minor_digits(currency: str) -> int:
    """Return how many decimals an amount in *currency* (ISO 4217 code) may have."""
    return _MINOR_DIGITS.get(currency, _DEFAULT_MINOR_DIGITS)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An exact amount in units of *currency*, such as ``Money(Decimal("12.90"), "EUR")``."""

    amount: Decimal
    currency: str

    @classmethod
    def of(cls, amount: str | int | Decimal, currency: str) -> "Money":
        """Build from text or number, rounding half up to the currency's minor unit.

        Raises ValueError when *amount* is no finite number.
        """
        try:
            value = Decimal(amount)
        except InvalidOperation:
            message = f"{amount!r} is not an amount"
            raise ValueError(message) from None
        if not value.is_finite():
            message = f"{amount!r} is not a finite amount"
            raise ValueError(message)
        step = Decimal(1).scaleb(-minor_digits(currency))
        return cls(value.quantize(step, ROUND_HALF_UP), currency)

    @classmethod
    def total(cls, amounts: Iterable["Money"], currency: str) -> "Money":
        """Return the sum; zero in *currency* when there is none. Raises CurrencyMismatchError."""
        result = cls.of(0, currency)
        for amount in amounts:
            result += amount
        return result

    def __add__(self, other: "Money") -> "Money":
        self._require_same_currency(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._require_same_currency(other)
        return Money(self.amount - other.amount, self.currency)

    def __mul__(self, quantity: int) -> "Money":
        return Money(self.amount * quantity, self.currency)

    def _require_same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            message = f"{self.currency} and {other.currency} cannot be added"
            raise CurrencyMismatchError(message)

    def as_json(self) -> dict[str, str]:
        """Return the wire form, ``{"amount": "12.90", "currency": "EUR"}``."""
        return {"amount": str(self.amount), "currency": self.currency}

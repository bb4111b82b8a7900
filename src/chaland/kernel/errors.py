"""Refusals: what a room answers when it will not do what was asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field and how to mend it.

    ``field`` is a path like ``lines[2].quantity``; ``fix`` says what to send instead.
    """

    field: str
    code: str
    message: str
    fix: str


@dataclass(eq=False)
class DomainError(Exception):
    """A refusal that changed nothing: a stable ``code``, an HTTP status and what to do about it.

    ``code`` is part of the public contract (``insufficient_stock``); ``status`` is the HTTP status
    that the API answers with; ``problems`` name the fields; ``extra`` carries machine-readable
    details.
    """

    code: str
    message: str
    status: int = 409
    fix: str = ""
    problems: Sequence[FieldProblem] = ()
    extra: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class NotFoundError(DomainError):
    """There is no such thing, or the actor may not know that there is."""

    def __init__(self, what: str, identifier: str) -> None:
        super().__init__(
            code="not_found",
            message=f"There is no {what} {identifier!r} that you may see.",
            status=404,
            fix="Check the identifier and the organisation of your key.",
        )


class InvalidInputError(DomainError):
    """One or more fields are wrong; HTTP 422."""

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        super().__init__(
            code="invalid_input",
            message="; ".join(f"{item.field}: {item.message}" for item in problems),
            status=422,
            fix="Correct the fields listed in errors and send the request again.",
            problems=tuple(problems),
        )


class ConflictError(DomainError):
    """The request is sound but the present state forbids it; HTTP 409."""

    def __init__(self, code: str, message: str, *, fix: str = "", **extra: object) -> None:
        super().__init__(code=code, message=message, status=409, fix=fix, extra=extra)

"""What pydantic and orjson found wrong, in words that name the field and the fix."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from chaland.kernel.errors import DomainError, FieldProblem

_FIXES: Mapping[str, str] = {
    "missing": "Send this field.",
    "extra_forbidden": "Remove this field, or correct its name.",
    "int_type": "Send a whole number, such as 3.",
    "int_parsing": "Send a whole number, such as 3.",
    "int_from_float": "Send a whole number, such as 3.",
    "string_type": 'Send text in quotes, such as "3".',
    "bool_type": "Send true or false.",
    "bool_parsing": "Send true or false.",
    "float_type": "Send a number, such as 48.85.",
    "finite_number": "Send a finite number.",
    "list_type": "Send a list, such as [].",
    "dict_type": "Send an object, such as {}.",
    "model_type": "Send an object, such as {}.",
    "model_attributes_type": "Send an object, such as {}.",
    "timezone_aware": "Add the offset, such as 2026-11-20T10:00:00+01:00.",
    "datetime_type": "Send a time such as 2026-11-20T10:00:00+01:00.",
    "datetime_parsing": (
        "Send a time such as 2026-11-20T10:00:00+01:00; in an address, write + as %2B."
    ),
    "datetime_from_date_parsing": "Send a time such as 2026-11-20T10:00:00+01:00.",
    "implausible_time": "Send a time between the years 2000 and 2099.",
    "invalid_email": "Send an address such as ann@example.com.",
    "date_from_datetime_inexact": "Send a date such as 2026-11-20.",
    "date_parsing": "Send a date such as 2026-11-20.",
    "date_from_datetime_parsing": "Send a date such as 2026-11-20.",
    "time_parsing": "Send a time of day such as 09:30.",
    "too_many_decimals": "Round the amount to the currency's smallest unit.",
}

_LIMITS: Mapping[str, tuple[str, str]] = {
    "greater_than_equal": ("ge", "Send {} or more."),
    "greater_than": ("gt", "Send more than {}."),
    "less_than_equal": ("le", "Send {} or less."),
    "less_than": ("lt", "Send less than {}."),
    "string_too_short": ("min_length", "Send at least {} characters."),
    "string_too_long": ("max_length", "Send at most {} characters."),
    "too_short": ("min_length", "Send at least {} items."),
    "too_long": ("max_length", "Send at most {} items."),
    "string_pattern_mismatch": ("pattern", "Send text that matches {}."),
    "literal_error": ("expected", "Send one of {}."),
    "enum": ("expected", "Send one of {}."),
    "union_tag_invalid": ("expected_tags", "Send one of {}."),
    "union_tag_not_found": ("discriminator", "Send the field {}."),
}


def field_problems(errors: Iterable[Mapping[str, Any]]) -> list[FieldProblem]:
    """Return the framework's validation errors as problems of fields."""
    return [
        FieldProblem(
            field=field_path(error["loc"]),
            code=str(error["type"]),
            message=str(error["msg"]),
            fix=fix_of(error),
        )
        for error in errors
    ]


def field_path(location: tuple[str | int, ...]) -> str:
    """Return ``("body", "body", "lines", 2, "quantity")`` as ``lines[2].quantity``.

    A body's location starts with the source and the view's parameter, any other with the source
    alone.
    """
    skipped = 2 if location[:1] == ("body",) else 1
    path = ""
    for part in location[skipped:]:
        if isinstance(part, int):
            path += f"[{part}]"
        elif not part.startswith("<"):  # the tag of one of several forms is no field
            path += f".{part}" if path else part
    return path or str(location[0])


def fix_of(error: Mapping[str, Any]) -> str:
    """Return what to send instead."""
    kind = str(error["type"])
    if kind in _LIMITS:
        name, text = _LIMITS[kind]
        return text.format(error.get("ctx", {}).get(name, "the allowed value"))
    return _FIXES.get(kind, "Correct this field; its form is described in /api/docs.")


def malformed_json(error: orjson.JSONDecodeError) -> DomainError:
    """Make the refusal of a body that is no JSON, with the place where it stops being JSON."""
    return DomainError(
        code="malformed_json",
        message=f"The body is not JSON: {error.msg} (line {error.lineno}, column {error.colno}).",
        status=400,
        fix="Send one JSON document encoded as UTF-8.",
        extra={"line": error.lineno, "column": error.colno, "position": error.pos},
    )

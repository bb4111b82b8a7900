"""JSON in and out, by orjson: strict about what comes in, quick about what goes out."""

from typing import Any

import orjson
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from chaland.kernel.errors import FieldProblem, InvalidInputError


class StrictParser(Parser):
    """Read bodies and query strings; refuse NUL, which PostgreSQL's text cannot hold."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """Return the decoded body. Raises orjson.JSONDecodeError, or InvalidInputError for NUL."""
        value: dict[str, Any] = parse(request.body)
        return value

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        """Return the query's values, with a list for those of *list_fields*."""
        result: dict[str, Any] = super().parse_querydict(data, list_fields, request)
        for name, value in result.items():
            _refuse_nul(value, name)
        return result


class QuickRenderer(BaseRenderer):
    """Write answers with orjson; decimals become text, so that no digit is lost."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        """Return the body of an answer."""
        del request, response_status
        return dumps(data)


def parse(raw: bytes) -> Any:
    """Return the decoded text. Raises orjson.JSONDecodeError, or InvalidInputError for NUL."""
    value = orjson.loads(raw)
    if rb"\u0000" in raw:
        _refuse_nul(value, "")
    return value


def dumps(data: Any) -> bytes:
    """Return *data* as JSON: times as RFC 3339, UUIDs and decimals as text."""
    return orjson.dumps(data, default=str, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z)


def _refuse_nul(value: Any, path: str) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise InvalidInputError(
                [
                    FieldProblem(
                        field=path,
                        code="nul_character",
                        message="holds the character U+0000",
                        fix="Remove that character.",
                    )
                ]
            )
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_nul(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            _refuse_nul(name, path)
            _refuse_nul(item, f"{path}.{name}" if path else name)

"""The edge of the API: limits before a route runs, and problems for what no route answered."""

import re
from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from chaland.kernel.errors import DomainError
from chaland.web.context import request_id_of
from chaland.web.problems import (
    CONTENT_TYPE,
    body_too_large,
    method_not_allowed,
    not_json,
    problem_response,
    unexpected,
    unknown_path,
)

API_PREFIX = "/api/v1/"
BODY_LIMIT = 1_000_000
BULK_BODY_LIMIT = 8_000_000
_BULK_SUFFIXES = (
    "/bulk",
    "/adjustments",
    "/lines",
    "/supply",
    "/receipts",
    "/dispatches",
    "/names",
)
_RAW = re.compile(r"/stock/feeds/[^/]+/files/[^/]+$")
"""Where a file is sent as it is: its route reads it piece by piece, and limits it by itself."""


class ApiEdge:
    """Refuse bodies that are too large or no JSON, and turn every bare error into a problem."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request; those of the screens pass untouched."""
        if not request.path_info.startswith(API_PREFIX):
            return self.get_response(request)
        refusal = _refusal_of(request)
        if refusal is not None:
            return _finished(problem_response(request, refusal, headers=_last_words(refusal)))
        response = self.get_response(request)
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            response = _as_problem(request, response)
        return _finished(response)


def _refusal_of(request: HttpRequest) -> DomainError | None:
    meta = request.META
    length = meta.get("CONTENT_LENGTH") or "0"
    if "chunked" in meta.get("HTTP_TRANSFER_ENCODING", "").lower() and length == "0":
        return DomainError(
            code="length_required",
            message="The body has no stated length.",
            status=411,
            fix="Send Content-Length instead of Transfer-Encoding: chunked.",
        )
    if _RAW.search(request.path_info) and request.method == "PUT" and length.isdecimal():
        return None
    if length != "0":
        limit = BULK_BODY_LIMIT if request.path_info.endswith(_BULK_SUFFIXES) else BODY_LIMIT
        if not length.isdecimal() or int(length) > limit:
            return body_too_large(limit)
        # Read even when nobody will look at it: a server that answers before it has read all drops
        # the connection, and with it the client's next request.
        _ = request.body
        if request.content_type != "application/json":
            return not_json(request.content_type or "")
    if "\0" in request.path_info:
        return unknown_path(request.path)
    return None


def _last_words(refusal: DomainError) -> dict[str, str]:
    """Say that the connection ends where the rest of the body is not read."""
    unread = refusal.status in {HTTPStatus.LENGTH_REQUIRED, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}
    return {"Connection": "close"} if unread else {}


def _finished(response: HttpResponseBase) -> HttpResponseBase:
    """State how long the answer is: without it the server falls back to chunks.

    And let nobody on the way keep it: it may show personal data, or a secret this once.
    """
    response.headers.setdefault("Cache-Control", "no-store")
    if isinstance(response, HttpResponse):
        response.headers.setdefault("Content-Length", str(len(response.content)))
    return response


def _as_problem(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Replace what the framework answers on its own (unknown path, wrong method, a crash)."""
    if response.headers.get("Content-Type", "").startswith(CONTENT_TYPE):
        return response
    status = response.status_code
    if status == HTTPStatus.NOT_FOUND:
        return problem_response(request, unknown_path(request.path))
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = sorted(
            name.strip() for name in response.headers.get("Allow", "").split(",") if name
        )
        error = method_not_allowed(request.method or "", allowed)
        return problem_response(request, error, headers={"Allow": ", ".join(allowed)})
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return problem_response(request, unexpected(request_id_of(request)))
    known = HTTPStatus(status)
    error = DomainError(
        code=known.name.lower(), message=known.description or known.phrase, status=status
    )
    return problem_response(request, error)

"""Routes answered without the framework, for the few addresses whose load is measured to need it.

A request to the front door waits for its batch. With a thread for each, the threads woken by one
commit fight for the interpreter, and the framework's layers cost more than the order itself: with
64 clients, 420 µs of processor time a request, against 180 µs for a coroutine that waits. The same
route exists in the framework too, for its description and for servers that speak WSGI; both call
the same code, and answer and refuse alike.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from typing import Any
from uuid import uuid4

import orjson
import structlog

from chaland.kernel.errors import DomainError, InvalidInputError
from chaland.web.json import dumps, parse
from chaland.web.middleware import BODY_LIMIT
from chaland.web.problems import CONTENT_TYPE as PROBLEM_TYPE
from chaland.web.problems import body_too_large, not_json, problem_of, unexpected
from chaland.web.validation import field_problems, malformed_json

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class QuickRequest:
    """A request: its headers by lower-case name, its whole body, and the id it is logged under."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    request_id: str

    def json(self) -> Any:
        """Return the decoded body.

        Raises DomainError: 400 ``malformed_json``, 422 for a NUL character or for no body at all.
        """
        if not self.body:
            raise InvalidInputError(field_problems([MISSING_BODY]))
        try:
            return parse(self.body)
        except orjson.JSONDecodeError as error:
            raise malformed_json(error) from error


class QuickRead:
    """A request that sends nothing: its query string, and its headers where they are asked for."""

    __slots__ = ("_headers", "query")

    def __init__(self, query: str, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self.query = query
        self._headers = dict(headers)

    def header(self, name: bytes) -> str:
        """Return a header by its lower-case name; empty when it was not sent."""
        return self._headers.get(name, b"").decode("latin-1")


@dataclass(frozen=True, slots=True)
class QuickResponse:
    """An answer: HTTP status, body, and headers besides those that every answer has."""

    status: int
    content: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


class _ClientGoneError(Exception):
    """The client closed the connection before it had sent its request."""


MISSING_BODY = {"loc": ("body", "body"), "type": "missing", "msg": "Field required"}

QuickRoute = Callable[[QuickRequest], Awaitable[QuickResponse]]

QuickReader = Callable[[QuickRead], Awaitable[QuickResponse | None]]
"""Answers the plain good case of a GET; None leaves the request to the framework."""


class QuickRoutes:
    """An ASGI application that answers some routes, and hands on the rest.

    *routes* are given whole requests, by method and path; *readers* the queries of GETs, by path.
    """

    def __init__(
        self,
        routes: Mapping[tuple[str, str], QuickRoute],
        *,
        readers: Mapping[str, QuickReader] | None = None,
        otherwise: Application,
    ) -> None:
        self._routes = dict(routes)
        self._readers = dict(readers or {})
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            if scope["method"] == "GET":
                reader = self._readers.get(scope["path"])
                if reader is not None and await _read(reader, scope, send):
                    return
            elif not scope["query_string"]:
                route = self._routes.get((scope["method"], scope["path"]))
                if route is not None:
                    await _work(route, scope, receive, send)
                    return
        await self._otherwise(scope, receive, send)


# Ids of reads: drawn once a process and counted, for a draw each costs more than the rest of them.
_PROCESS = uuid4().hex[:20]
_numbers = count()


async def _read(reader: QuickReader, scope: Scope, send: Send) -> bool:
    """Answer a GET if *reader* does; say whether it did."""
    request = QuickRead(scope["query_string"].decode("latin-1"), scope["headers"])
    if request.header(b"content-length") or request.header(b"transfer-encoding"):
        return False  # what is sent where nothing is read has to be refused
    try:
        response = await reader(request)
    except Exception as error:
        log.exception("quick read failed", path=scope["path"], exc_info=error)
        return False
    if response is None:
        return False
    request_id = request.header(b"x-request-id")[:64] or f"{_PROCESS}{next(_numbers):012x}"
    await _send(send, response, request_id)
    return True


async def _work(route: QuickRoute, scope: Scope, receive: Receive, send: Send) -> None:
    headers = {name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]}
    request_id = headers.get("x-request-id", "")[:64] or f"{_PROCESS}{next(_numbers):012x}"
    try:
        response = await _answer(route, scope, headers, receive, request_id)
    except _ClientGoneError:
        return
    await _send(send, response, request_id)


async def _answer(
    route: QuickRoute,
    scope: Scope,
    headers: Mapping[str, str],
    receive: Receive,
    request_id: str,
) -> QuickResponse:
    try:
        body = await _body(headers, receive)
        return await route(QuickRequest(scope["method"], scope["path"], headers, body, request_id))
    except DomainError as refusal:
        return problem(refusal, request_id)
    except _ClientGoneError:
        raise
    except Exception as error:
        log.exception("request failed", path=scope["path"], request_id=request_id, exc_info=error)
        return problem(unexpected(request_id), request_id)


def problem(refusal: DomainError, request_id: str) -> QuickResponse:
    """Make the answer of a refusal."""
    headers = {}
    retry_after = refusal.extra.get("retry_after")
    if isinstance(retry_after, int):
        headers["retry-after"] = str(retry_after)
    if refusal.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        headers["connection"] = "close"  # the rest of the body is not read
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = 'Bearer realm="chaland"'
    content = dumps(problem_of(refusal, request_id=request_id))
    return QuickResponse(refusal.status, content, PROBLEM_TYPE, headers)


async def _body(headers: Mapping[str, str], receive: Receive) -> bytes:
    """Read the body, never more of it than is allowed, also when it is of the wrong type.

    A server that answers before it has read all drops the connection, and the next request with it.
    """
    parts = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _ClientGoneError
        part = message.get("body", b"")
        size += len(part)
        if size > BODY_LIMIT:
            raise body_too_large(BODY_LIMIT)
        parts.append(part)
        if not message.get("more_body"):
            break
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise not_json(headers.get("content-type", ""))
    return b"".join(parts)


_CONTENT_TYPE, _LENGTH, _REQUEST_ID = b"content-type", b"content-length", b"x-request-id"
_NOSNIFF, _NO_STORE = (b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")


async def _send(send: Send, response: QuickResponse, request_id: str) -> None:
    """Send an answer; nobody may keep it unless it says otherwise."""
    headers = [(_REQUEST_ID, request_id.encode("latin-1")), _NOSNIFF]
    if response.status != HTTPStatus.NOT_MODIFIED:
        headers.append((_CONTENT_TYPE, response.content_type.encode()))
        headers.append((_LENGTH, str(len(response.content)).encode()))
    if "cache-control" not in response.headers:
        headers.append(_NO_STORE)
    for name, text in response.headers.items():
        headers.append((name.encode(), text.encode("latin-1")))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.content})

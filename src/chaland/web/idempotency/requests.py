"""What makes two requests the same, and how a stored answer is given again."""

import hashlib
import re
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from chaland.kernel.errors import ConflictError, FieldProblem, InvalidInputError
from chaland.web.idempotency.records import StoredAnswer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_PROBLEM_FROM = HTTPStatus.BAD_REQUEST


def key_of(request: HttpRequest) -> str | None:
    """Return the request's Idempotency-Key, None when it has none. Raises InvalidInputError."""
    return checked_key(request.headers.get(HEADER))


def checked_key(key: str | None) -> str | None:
    """Return *key*. Raises InvalidInputError unless it is 1 to 255 visible ASCII characters."""
    if key is None or _KEY.fullmatch(key):
        return key
    raise InvalidInputError(
        [
            FieldProblem(
                field=HEADER,
                code="invalid_idempotency_key",
                message="is not 1 to 255 visible ASCII characters",
                fix="Send a random key, such as a UUID, without spaces.",
            )
        ]
    )


def request_hash(request: HttpRequest) -> bytes:
    """Return what tells one request from another: method, address and the bytes of the body."""
    return hash_of(request.method or "", request.get_full_path(), request.body)


def hash_of(method: str, address: str, body: bytes) -> bytes:
    """Return what tells a request of these parts from every other."""
    digest = hashlib.sha256(f"{method} {address}\n".encode())
    digest.update(body)
    return digest.digest()


def check_same_request(stored: StoredAnswer, given_hash: bytes) -> None:
    """Raise ConflictError (``idempotency_conflict``) when the key was used for another request."""
    if stored.request_hash != given_hash:
        raise ConflictError(
            "idempotency_conflict",
            "This Idempotency-Key was already used for another request.",
            fix="Use a new key for a new request; send the same body when you repeat one.",
        )


def stored_response(stored: StoredAnswer) -> HttpResponse:
    """Give a stored answer again, marked ``Idempotency-Replayed: true``."""
    status = stored.status or HTTPStatus.OK
    problem = status >= _PROBLEM_FROM
    response = HttpResponse(
        stored.body,
        status=status,
        content_type="application/problem+json" if problem else "application/json",
        headers=stored.headers,
    )
    response.headers[REPLAYED] = "true"
    return response

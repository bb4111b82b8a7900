"""What the API's description says about every route alike: key, refusals, headers, versions.

The rules are read off the document itself. What answers with a ``version`` has an ``ETag``, and a
write to a thing that can be read with an ``ETag`` heeds ``If-Match``; the contract tests hold the
running API to it.
"""

import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

WRITES = frozenset({"post", "put", "patch", "delete"})
PROBLEM = "application/problem+json"

REFUSALS = {
    400: "The body is no JSON: `malformed_json` says where it stops being JSON.",
    401: "`not_authenticated`: no API key, or one that is not valid.",
    403: "`missing_scope`, or `limited_key` for what spans every organisation.",
    404: "`not_found`: there is no such thing, or it is not for this key.",
    409: "The state of things forbids it; the code says what. Nothing was changed.",
    411: "`length_required`: send `Content-Length`, not chunks.",
    412: "`version_mismatch`: somebody else was faster; read again, then send the new ETag.",
    413: "`body_too_large`: more than 1 MB, or 8 MB for many items at once.",
    415: "`unsupported_media_type`: the body is not `application/json`.",
    422: "`invalid_input`: each wrong field or parameter is named, with the fix.",
    429: "`rate_limited`: too many requests with this key; see `Retry-After`.",
    500: "`internal_error`: a fault of ours, noted under the request id.",
    503: "`temporarily_unavailable`: send the same again after `Retry-After`.",
}
_ALWAYS = (401, 403, 422, 429, 500, 503)
_OF_WRITES = (400, 409, 411, 413, 415)

_HEADERS = {
    401: {
        "WWW-Authenticate": {
            "description": "How to sign in: `Bearer`.",
            "schema": {"type": "string"},
        }
    },
    429: {"Retry-After": {"$ref": "#/components/headers/Retry-After"}},
    503: {"Retry-After": {"$ref": "#/components/headers/Retry-After"}},
}

_COMPONENT_HEADERS: Json = {
    "ETag": {
        "description": "The version of what is shown, to be sent back as `If-Match`.",
        "required": True,
        "schema": {"type": "string", "pattern": '^"[0-9]+"$', "examples": ['"3"']},
    },
    "Idempotency-Replayed": {
        "description": "`true` when this is the stored answer of an earlier request.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Retry-After": {
        "description": "After how many seconds to send the same again.",
        "schema": {"type": "string", "pattern": "^[0-9]+$", "examples": ["1"]},
    },
}

IDEMPOTENCY_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    "description": (
        "A random key, such as a UUID: for a day at least, the same key and body get the same "
        "answer; the same key with another body gets 409 `idempotency_conflict`."
    ),
}

_IF_MATCH: Json = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "examples": ['"3"']},
    "description": "The `ETag` that you read: a change made in between answers 412.",
}

_KEY: Json = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "chl_…",
    "description": "An API key, made by an administrator; `x-required-scope` says what it needs.",
}


def complete(document: Json) -> Json:
    """Add to an OpenAPI document, in place, what holds for every route; return it."""
    components = document["components"]
    components["securitySchemes"] = {"apiKey": _KEY}
    components["headers"] = _COMPONENT_HEADERS
    components["responses"] = {f"Problem{status}": _problem(status) for status in REFUSALS}
    document["security"] = [{"apiKey": []}]
    for path, method, operation in operations(document):
        _complete_operation(document, path, method, operation)
    return document


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Return path, method and description of each operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def is_versioned(document: Json, path: str) -> bool:
    """Say whether what *path* leads to, or acts on, is read with a version."""
    thing = re.sub(r"(\{[^{}]+\})/[^{}]+$", r"\1", path)
    reading = document["paths"].get(thing, {}).get("get")
    return "{" in thing and reading is not None and _shows_version(document, reading, "200")


def _complete_operation(document: Json, path: str, method: str, operation: Json) -> None:
    writes = method in WRITES
    parameters = operation["parameters"]
    if writes and is_versioned(document, path):
        parameters.append(_IF_MATCH)
    names = {parameter["name"] for parameter in parameters}
    responses = {str(status): answer for status, answer in operation["responses"].items()}
    for status, answer in responses.items():
        headers = {}
        if "{" in path and _shows_version(document, operation, status):
            headers["ETag"] = {"$ref": "#/components/headers/ETag"}
        if IDEMPOTENCY_KEY["name"] in names:
            headers["Idempotency-Replayed"] = {"$ref": "#/components/headers/Idempotency-Replayed"}
        if headers:
            answer["headers"] = headers
    for refusal in _refusals(path, method, names):
        responses[str(refusal)] = {"$ref": f"#/components/responses/Problem{refusal}"}
    operation["responses"] = dict(sorted(responses.items()))
    scope = operation.get("x-required-scope")
    if scope:
        operation["description"] = (
            f"{operation.get('description', '')}\n\nScope: `{scope}`.".strip()
        )


def _refusals(path: str, method: str, parameters: set[str]) -> list[int]:
    found = list(_ALWAYS)
    if "{" in path:
        found.append(404)
    if method in WRITES:
        found.extend(_OF_WRITES)
    if _IF_MATCH["name"] in parameters:
        found.append(412)
    return found


def _shows_version(document: Json, operation: Json, status: str) -> bool:
    """Say whether an answer of one thing tells its version."""
    responses = {str(known): answer for known, answer in operation["responses"].items()}
    content = responses.get(status, {}).get("content", {}).get("application/json", {})
    reference = content.get("schema", {}).get("$ref", "")
    schema = document["components"]["schemas"].get(reference.rpartition("/")[2], {})
    return "version" in schema.get("properties", {})


def _problem(status: int) -> Json:
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/ProblemView"}}}
    problem: Json = {"description": REFUSALS[status], "content": content}
    if status in _HEADERS:
        problem["headers"] = _HEADERS[status]
    return problem

"""Whatever goes wrong is said as problem+json, names the field and the fix, and changes nothing."""

import json
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client, override_settings

from chaland.access import operations
from chaland.access.operations import create_api_key
from chaland.database.statements import fetch_all
from chaland.kernel.actor import SYSTEM
from chaland.kernel.clock import now
from chaland.kernel.errors import DomainError
from chaland.web import problems

pytestmark = pytest.mark.django_db

KEYS = "/api/v1/api-keys"
GOOD: dict[str, Any] = {"name": "web shop", "scopes": ["orders:write"]}


def send(client: Client, body: Any, path: str = KEYS, **headers: str) -> Any:
    raw = body if isinstance(body, bytes | str) else json.dumps(body)
    return client.post(path, raw, content_type="application/json", headers=headers)


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """Check the form that all problems share, and return it."""
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    found: dict[str, Any] = response.json()
    assert found["code"] == code
    assert found["status"] == status
    assert found["type"] == f"/api/problems/{code}"
    assert found["instance"] == response.headers["X-Request-Id"]
    assert {"title", "detail", "fix", "errors"} <= found.keys()
    return found


def key_count() -> int:
    return len(fetch_all("SELECT 1 FROM access_api_key"))


@pytest.mark.parametrize(
    ("body", "line", "column"),
    [(b'{"name": ', 1, 10), (b'{"name": "a",\n "scopes" ["x"]}', 2, 11), (b"\xff\xfe", 1, 1)],
)
def test_malformed_json_names_the_place(
    client: Client, body: bytes, line: int, column: int
) -> None:
    found = problem(send(client, body), 400, "malformed_json")
    assert (found["line"], found["column"]) == (line, column)
    assert key_count() == 1


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"colour": "blue"}, "colour", "extra_forbidden"),
        ({"name": 7}, "name", "string_type"),
        ({"name": ""}, "name", "string_too_short"),
        ({"name": "x" * 201}, "name", "string_too_long"),
        ({"scopes": "orders:write"}, "scopes", "list_type"),
        ({"scopes": ["orders:write", "orders:eat"]}, "scopes[1]", "enum"),
        ({"scopes": []}, "scopes", "too_short"),
        ({"expires_at": "2027-01-01T00:00:00"}, "expires_at", "timezone_aware"),
        ({"expires_at": "2027-02-30T00:00:00Z"}, "expires_at", "datetime_from_date_parsing"),
        ({"expires_at": "9999-12-31T23:59:59-14:00"}, "expires_at", "implausible_time"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at", "in_the_past"),
        ({"organisations": ["no spaces"]}, "organisations[0]", "string_pattern_mismatch"),
        ({"name": "nul \0 inside"}, "name", "nul_character"),
        ({"scopes": ["\0"]}, "scopes[0]", "nul_character"),
        ({"\0": 1}, "", "nul_character"),
    ],
)
def test_a_wrong_field_is_named_with_its_fix(
    client: Client, change: dict[str, Any], field: str, code: str
) -> None:
    found = problem(send(client, GOOD | change), 422, "invalid_input")
    [error] = found["errors"]
    assert (error["field"], error["code"]) == (field, code)
    assert error["message"]
    assert error["fix"]
    assert key_count() == 1


def test_every_wrong_field_is_named_at_once(client: Client) -> None:
    found = problem(send(client, {"name": 7, "colour": 1}), 422, "invalid_input")
    assert {error["field"] for error in found["errors"]} == {"name", "colour", "scopes"}


@pytest.mark.parametrize("body", [b"[]", b"7", b'"x"', b"null"])
def test_a_body_that_is_no_object(client: Client, body: bytes) -> None:
    problem(send(client, body), 422, "invalid_input")


def test_no_body_at_all(client: Client) -> None:
    found = problem(send(client, b""), 422, "invalid_input")
    assert found["errors"][0]["field"] == "body"


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer nonsense", "Basic YTpi", "Bearer chl_000000000000_" + "A" * 43],
)
def test_without_a_valid_key(client: Client, header: str) -> None:
    response = client.get(KEYS, headers={"Authorization": header})
    problem(response, 401, "not_authenticated")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_without_the_scope() -> None:
    poor = create_api_key(name="poor", scopes=["orders:read"], now=now(), actor=SYSTEM).token
    response = send(Client(), GOOD, Authorization=f"Bearer {poor}")
    assert problem(response, 403, "missing_scope")["scope"] == "access:admin"
    assert key_count() == 1


def test_a_method_that_an_address_does_not_have(client: Client) -> None:
    response = client.delete(KEYS)
    assert problem(response, 405, "method_not_allowed")["allowed"] == ["GET", "POST"]
    assert response.headers["Allow"] == "GET, POST"


@pytest.mark.parametrize("path", ["/api/v1/barges", "/api/v1/", "/api/v1/api-keys/", "/api/v1/%00"])
def test_an_address_that_does_not_exist(client: Client, path: str) -> None:
    problem(client.get(path), 404, "not_found")


@pytest.mark.parametrize("user", ["usr_1", "key_06a9xk2m5v7fn0v9c2q8w4t1dg", "usr_" + "z" * 26])
def test_an_id_that_is_none(client: Client, user: str) -> None:
    problem(client.get(f"/api/v1/users/{user}"), 404, "not_found")


def test_a_nul_in_the_query(client: Client) -> None:
    found = problem(client.get("/api/v1/audit-log?entity_id=a%00b"), 422, "invalid_input")
    assert found["errors"][0]["field"] == "entity_id"


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", f"{KEYS}?colour=blue"), ("get", f"{KEYS}?Limit=1"), ("post", f"{KEYS}?limit=1")],
)
def test_a_query_parameter_that_does_not_exist(client: Client, method: str, path: str) -> None:
    response = client.generic(method, path, json.dumps(GOOD), "application/json")
    found = problem(response, 422, "invalid_input")
    assert found["errors"][0]["code"] == "unknown_parameter"
    assert found["errors"][0]["field"] in path
    assert key_count() == 1


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1e3"])
def test_a_limit_out_of_range(client: Client, limit: str) -> None:
    found = problem(client.get(f"{KEYS}?limit={limit}"), 422, "invalid_input")
    assert found["errors"][0]["field"] == "limit"


@pytest.mark.parametrize("cursor", ["x", "W10", "WzFd", "bnVsbA", "_" * 2001])
def test_a_cursor_that_is_not_ours(client: Client, cursor: str) -> None:
    found = problem(client.get(f"{KEYS}?cursor={cursor}"), 422, "invalid_input")
    assert found["errors"][0]["field"] == "cursor"


def test_a_body_that_is_too_large(client: Client) -> None:
    found = problem(send(client, b" " * 1_000_001), 413, "body_too_large")
    assert found["limit"] == 1_000_000


def test_a_bulk_request_may_be_larger(client: Client) -> None:
    problem(send(client, b" " * 1_000_001, path="/api/v1/nothing/bulk"), 404, "not_found")
    problem(send(client, b" " * 8_000_001, path="/api/v1/nothing/bulk"), 413, "body_too_large")


def test_a_body_of_another_type(client: Client) -> None:
    response = client.post(KEYS, {"name": "form"})
    problem(response, 415, "unsupported_media_type")


def test_a_body_without_length(client: Client) -> None:
    response = client.generic("POST", KEYS, headers={"Transfer-Encoding": "chunked"})
    problem(response, 411, "length_required")


@override_settings(CHALAND_RATE_PER_MINUTE=2)
def test_too_many_requests(client: Client) -> None:
    assert [client.get(KEYS).status_code for _ in range(2)] == [200, 200]
    response = client.get(KEYS)
    found = problem(response, 429, "rate_limited")
    assert 0 < int(response.headers["Retry-After"]) == found["retry_after"] <= 30


def test_a_refusal_by_a_rule(client: Client) -> None:
    user = {"email": "ann@example.com", "display_name": "Ann", "role": "administrator"}
    first = send(client, user, path="/api/v1/users")
    assert first.status_code == 201
    again = send(client, user | {"email": "ANN@example.com"}, path="/api/v1/users")
    assert "use another address" in problem(again, 409, "email_taken")["fix"].lower()


def test_a_fault_of_ours_tells_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(**_: object) -> None:
        raise RuntimeError("secret internals")

    monkeypatch.setattr(operations, "create_api_key", explode)
    response = send(client, GOOD, **{"X-Request-Id": "req-7"})
    found = problem(response, 500, "internal_error")
    assert found["instance"] == "req-7"
    assert "req-7" in found["fix"]
    assert b"secret" not in response.content
    assert key_count() == 1


def test_a_database_that_does_not_answer(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise OperationalError("deadlock detected: secret internals")

    monkeypatch.setattr(operations, "create_api_key", fail)
    response = send(client, GOOD)
    problem(response, 503, "temporarily_unavailable")
    assert response.headers["Retry-After"] == "1"
    assert b"secret" not in response.content


def test_a_rule_that_only_the_database_noticed(client: Client) -> None:
    wrong = {"email": "eve@example.com", "display_name": "x" * 151, "role": "merchant"}
    found = problem(send(client, wrong, path="/api/v1/users"), 422, "value_out_of_range")
    assert "nothing was changed" in found["detail"]
    assert fetch_all("SELECT 1 FROM access_user") == []


def test_extra_details_cannot_replace_the_problems_own_fields() -> None:
    error = DomainError(code="odd", message="m", status=409, extra={"status": 200, "sku": "S"})
    found = problems.problem_of(error)
    assert (found["status"], found["sku"]) == (409, "S")

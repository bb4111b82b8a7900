"""The conventions of the API, held against every route that the description has."""

import json
from typing import Any

import pytest
from django.test import Client

from chaland.access.models import AuditEntry
from chaland.web.description import is_versioned
from chaland.web.pagination import encode_cursor
from tests.contract.routes import CHANGES, DOCUMENT, ROUTES, Route
from tests.contract.shop import Shop
from tests.retailer import ApiClient

pytestmark = [pytest.mark.contract, pytest.mark.django_db]

every_route = pytest.mark.parametrize("route", ROUTES, ids=str)
# What is kept for a basket is told by the ledger, line by line, with who asked for it: ADR 0016.
TOLD_BY_THE_LEDGER = {"hold_basket", "change_hold", "renew_hold", "release_hold"}
every_write = pytest.mark.parametrize(
    "route",
    [route for route in ROUTES if route.writes and str(route) not in TOLD_BY_THE_LEDGER],
    ids=str,
)
every_post = pytest.mark.parametrize("route", [r for r in ROUTES if r.method == "post"], ids=str)
every_list = pytest.mark.parametrize(
    "route", [r for r in ROUTES if "items" in r.answer_schema().get("properties", {})], ids=str
)
every_versioned = pytest.mark.parametrize(
    "route", [r for r in ROUTES if is_versioned(DOCUMENT, r.path)], ids=str
)

WHOLE = {
    "read_timeline": "what happened to one order",
    "read_decisions": "why one order is served as it is",
    "read_availability": "the SKUs asked for",
    "read_outlook": "the SKUs asked for",
    "read_valuation": "one figure a location",
    "query_availability": "the SKUs asked for",
}
"""Answers with `items` that are no lists of things, but one thing."""

BEFORE = {
    "accept": ("release",),
    "pick": ("release", "accept"),
    "pack": ("release", "accept", "pick"),
    "ship": ("release", "accept", "pick", "pack"),
    "deliver": ("release", "accept", "pick", "pack", "ship"),
    "ready": ("release", "accept", "pick"),
    "collect": ("release", "accept", "pick", "ready"),
    "refuse": ("release",),
}
"""What is done with a site's work before an action is possible."""


def ask(shop: Shop, route: Route, content: Any = None, /, query: str = "", **headers: str) -> Any:
    """Send a request to a route; *content* is bytes, or what is sent as JSON."""
    sent = {
        "Authorization": f"Bearer {shop.client.token}",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    kind = sent.pop("Content-Type", "application/json")
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Client(raise_request_exception=False).generic(
        route.method.upper(),
        _with_query(shop.address(route.path), query),
        b"" if content is None else raw,
        content_type=kind if content is not None else "",
        headers=sent,
    )


def _with_query(address: str, query: str) -> str:
    """Add ``?name=value`` to an address that may have a query already."""
    return address + (query.replace("?", "&") if "?" in address else query)


def ask_well(shop: Shop, route: Route, **headers: str) -> Any:
    """Send the request that the description shows."""
    return ask(shop, route, route.example(shop), **headers)


def assert_refused(response: Any, status: int, code: str, *, field: str | None = None) -> None:
    """Check that an answer is a problem with this code, which says what to do about it."""
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert (problem["status"], problem["code"]) == (status, code), problem
    assert problem["type"] == f"/api/problems/{code}"
    assert problem["title"]
    assert problem["detail"]
    assert problem["fix"]
    assert problem["instance"]
    if field is not None:
        assert field in {item["field"] for item in problem["errors"]}, problem
    assert all(item["code"] and item["message"] and item["fix"] for item in problem["errors"])


def prepare(shop: Shop, route: Route) -> None:
    """Bring what the route acts on into the state that it needs."""
    prefix, _, action = route.path.rpartition("/")
    if prefix.endswith("{fulfilment_id}"):
        for earlier in BEFORE.get(action, ()):
            work = shop.address(route.path).removeprefix("/api/v1").rpartition("/")[0]
            done = shop.client.post(f"{work}/{earlier}")
            assert done.status == 200, done.body
    elif prefix.endswith("{backorder_id}"):
        body = CHANGES["promise_backorders"](shop)
        made = shop.client.post("/stock/backorders", {"channel": "web", **body})
        shop.ids["backorder_id"] = made.body["lines"][0]["id"]
    elif str(route) == "put_agreement":
        nobody = shop.client.put("/organisations/nord/channels", {"channels": []})
        assert nobody.status == 200, nobody.body
    elif action == "continue":
        assert shop.client.post(f"/stock/feed-runs/{shop.ids['run_id']}/stop").status == 200
    elif action == "resume":
        paused = shop.client.post("/locations/WH/pause", {"reason": "t"})
        assert paused.status == 200, paused.body
    elif action == "erase":
        order = shop.ids["order_id"]
        assert shop.client.post(f"/orders/{order}/cancel", {"reason": "t"}).status == 200


@every_route
def test_nobody_comes_in_without_a_key(shop: Shop, route: Route) -> None:
    for key in ("", "Bearer chl_nobody_knows", "Basic YTpi"):
        response = ask(shop, route, Authorization=key)
        assert_refused(response, 401, "not_authenticated")
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


@every_route
def test_a_key_needs_the_scope(shop: Shop, route: Route) -> None:
    others = [scope for scope in shop.scopes if scope != route.scope]
    key = shop.key(tuple(others)).token
    for body in (None, {"no_such_field": 1}):
        response = ask(shop, route, body, Authorization=f"Bearer {key}")
        assert_refused(response, 403, "missing_scope")
        assert response.json()["scope"] == route.scope


@every_route
def test_parameters_and_bodies_that_are_not_known_are_refused(shop: Shop, route: Route) -> None:
    response = ask_well(shop, route, query="?no_such_parameter=1")
    assert_refused(response, 422, "invalid_input", field="no_such_parameter")
    response = ask(shop, route, {"no_such_field": 1})
    assert_refused(response, 422, "invalid_input", field="no_such_field")


@every_route
def test_what_is_no_json_is_refused(shop: Shop, route: Route) -> None:
    assert_refused(ask(shop, route, b"{oops"), 400, "malformed_json")
    assert_refused(ask(shop, route, b'{"a": "\xff"}'), 400, "malformed_json")
    assert_refused(ask(shop, route, b"[" * 100_000), 400, "malformed_json")
    assert_refused(ask(shop, route, b'{"a": "\\u0000"}'), 422, "invalid_input")
    assert_refused(ask(shop, route, b"[1]"), 422, "invalid_input")
    refused = ask(shop, route, b"{}", Content_Type="text/plain")
    assert_refused(refused, 415, "unsupported_media_type")


@every_route
def test_a_good_request_is_answered(shop: Shop, route: Route) -> None:
    if route.writes:
        prepare(shop, route)
    query = "?name=martin" if str(route) == "find_customers" else ""
    response = ask(shop, route, route.example(shop), query=query)
    content = b"".join(response)  # of a stream too
    assert response.status_code in (200, 201, 204), content
    assert str(response.status_code) in route.described["responses"]
    assert response.headers["Cache-Control"] == "no-store"
    assert b'"rejected"' not in content
    assert ("ETag" in response.headers) == (
        "ETag" in route.described["responses"][str(response.status_code)].get("headers", {})
    )


@every_write
def test_every_write_leaves_a_line_in_the_audit_log(shop: Shop, route: Route) -> None:
    prepare(shop, route)
    body = route.example(shop)
    before = set(AuditEntry.objects.values_list("id", flat=True))
    response = ask(shop, route, body)
    assert response.status_code in (200, 201, 204), response.content
    written = AuditEntry.objects.exclude(id__in=before)
    assert {(entry.actor_label, bool(entry.action and entry.entity_id)) for entry in written} == {
        ("test", True)
    }
    assert {entry.request_id for entry in written} == {response.headers["X-Request-Id"]}


@every_post
def test_every_post_honours_its_idempotency_key(shop: Shop, route: Route) -> None:
    assert "Idempotency-Key" in route.parameters
    assert_refused(
        ask_well(shop, route, Idempotency_Key="has space"),
        422,
        "invalid_input",
        field="Idempotency-Key",
    )
    prepare(shop, route)
    body = route.example(shop)
    first = ask(shop, route, body, Idempotency_Key=f"one-{route}")
    again = ask(shop, route, body, Idempotency_Key=f"one-{route}")
    assert first.status_code in (200, 201), first.content
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers.get("ETag") == first.headers.get("ETag")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    other = json.dumps(body or {}).encode() + b" "
    conflict = ask(shop, route, other, Idempotency_Key=f"one-{route}")
    assert_refused(conflict, 409, "idempotency_conflict")


@every_list
def test_every_list_comes_in_pages(shop: Shop, route: Route) -> None:
    if str(route) in WHOLE:
        assert not route.parameters & {"cursor", "limit"}
        return
    assert {"cursor", "limit"} <= route.parameters
    assert "next" in route.answer_schema()["properties"]
    start = "?name=martin&" if str(route) == "find_customers" else "?"
    for limit in ("0", "-1", "201", "1000", "x", "1.5", ""):
        response = ask(shop, route, query=f"{start}limit={limit}")
        assert_refused(response, 422, "invalid_input", field="limit")
    wrong: list[list[str | int | None]] = [[], ["nobody_x", 1, 2, 3], [None]]
    strange = [encode_cursor(values) for values in wrong]
    for cursor in ("x", "%00", "é", "W10", "x" * 2001, *strange):
        response = ask(shop, route, query=f"{start}cursor={cursor}")
        assert_refused(response, 422, "invalid_input", field="cursor")


@every_list
def test_the_pages_of_a_list_hold_each_thing_once(shop: Shop, route: Route) -> None:
    if str(route) in WHOLE:
        return
    start = "?name=martin&" if str(route) == "find_customers" else "?"
    whole = ask(shop, route, query=f"{start}limit=200").json()["items"]
    found: list[Any] = []
    query: str | None = f"{start}limit=1"
    for _ in range(min(len(whole), 5)):
        assert query is not None
        page = ask(shop, route, query=query).json()
        found += page["items"]
        query = page["next"] and "?" + page["next"].partition("?")[2]
    assert found == whole[:5]
    assert (query is None) == (len(found) == len(whole))


@every_versioned
def test_what_has_a_version_is_guarded_by_it(shop: Shop, route: Route) -> None:
    if route.method == "get":
        response = ask(shop, route)
        if "version" in response.json():
            assert response.headers["ETag"] == f'"{response.json()["version"]}"'
        return
    assert "If-Match" in route.parameters
    prepare(shop, route)
    body = route.example(shop)
    for stale in ('"999999"', "0", 'W/"1"'):
        refused = ask(shop, route, body, If_Match=stale)
        assert_refused(refused, 412, "version_mismatch")
    present = '"{}"'.format(refused.json()["version"])
    changed = ask(shop, route, body, If_Match=present)
    assert changed.status_code in (200, 201, 204), changed.content


@every_route
def test_the_description_says_what_a_stranger_needs(route: Route) -> None:
    described = route.described
    assert described["summary"]
    assert described["description"].endswith(f"Scope: `{route.scope}`.")
    assert len(described["tags"]) == 1
    assert {"401", "403", "422", "429", "500", "503"} <= described["responses"].keys()
    assert ("404" in described["responses"]) == ("{" in route.path)


def test_a_put_can_be_kept_from_replacing(shop: Shop) -> None:
    body = {"name": "New", "kind": "merchant", "country": "FR"}
    made = shop.client.put("/organisations/new", body, If_Match='"0"')
    again = shop.client.put("/organisations/new", body, If_Match='"0"')
    assert (made.status, again.status) == (201, 412)


def test_tags_are_described() -> None:
    used = {tag for route in ROUTES for tag in route.described["tags"]}
    assert used == {tag["name"] for tag in DOCUMENT["tags"]}


@pytest.mark.parametrize(
    "path", ["/nothing", "/orders/", "/orders/ord_x", "/skus/%00", "/skus/a/b"]
)
def test_what_is_not_there_is_not_found(shop: Shop, path: str) -> None:
    answer = ApiClient(shop.client.token).get(path)
    assert (answer.status, answer.body["code"]) == (404, "not_found")
    assert answer.body["fix"]

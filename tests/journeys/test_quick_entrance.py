"""The front door has two entrances, with and without the framework: they answer alike."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from django.db import connection

from chaland.config.asgi import application
from tests.journeys.conftest import Build
from tests.retailer import Answer, Retailer

DIFFERS = {"instance", "id", "tracking_url", "external_id", "lines", "fulfilment_orders"}


def ask_quickly(
    retailer: Retailer,
    content: bytes,
    *,
    path: str = "/api/v1/orders",
    method: str = "POST",
    **headers: str,
) -> Answer:
    """Send a request to the application that the server loads."""
    sent = {
        "Authorization": f"Bearer {retailer.client.token}",
        "Content-Type": "application/json",
        **{name.replace("_", "-"): text for name, text in headers.items()},
    }

    async def ask() -> httpx.Response:
        app: Any = application  # each library describes ASGI by types of its own
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            return await http.request(method, path, content=content, headers=sent)

    response = asyncio.run(ask())
    return Answer(response.status_code, response.json(), dict(response.headers))


def essence(answer: Answer) -> tuple[int, Any, str]:
    """Return what must be the same at both entrances."""
    body = {name: value for name, value in answer.body.items() if name not in DIFFERS}
    kind = {name.lower(): text for name, text in answer.headers.items()}["content-type"]
    return answer.status, body, kind.partition(";")[0]


def ask_slowly(
    retailer: Retailer, content: bytes, *, path: str = "/api/v1/orders", **headers: str
) -> Answer:
    """Send the same request through the framework."""
    from django.test import Client

    kind = headers.pop("Content_Type", "application/json")
    response: Any = Client().post(
        path,
        content,
        content_type=kind,
        headers={
            "Authorization": f"Bearer {retailer.client.token}",
            **{name.replace("_", "-"): text for name, text in headers.items()},
        },
    )
    return Answer(response.status_code, json.loads(response.content), dict(response.headers))


def test_an_order_is_placed_alike(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 10}})
    quick = ask_quickly(retailer, json.dumps(retailer.order_body({"LAMP": 1})).encode())
    slow = ask_slowly(retailer, json.dumps(retailer.order_body({"LAMP": 1})).encode())
    assert quick.status == slow.status == 201
    assert quick.body.keys() == slow.body.keys()
    assert essence(quick)[1].keys() == essence(slow)[1].keys()
    assert retailer.available("LAMP", "WH") == 8


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"{not json", {}),
        (b"[]", {}),
        (b"null", {}),
        (b"", {}),
        (b'{"channel": "we\\u0000b"}', {}),
        (b'{"unknown": 1}', {}),
        (b"{}", {"Authorization": "Bearer chl_wrong_key"}),
        (b"{}", {"Authorization": ""}),
        (b"{}", {"Idempotency_Key": "has a space"}),
        (b"{}", {"Content_Type": "text/plain"}),
        (b" " * 1_000_001, {}),
    ],
)
def test_what_is_wrong_is_refused_alike(
    build_retailer: Build, content: bytes, headers: dict[str, str]
) -> None:
    retailer = build_retailer({"LAMP": {"WH": 1}})
    quick = ask_quickly(retailer, content, **headers)
    slow = ask_slowly(retailer, content, **headers)
    assert essence(quick) == essence(slow)
    assert quick.status >= 400


def test_bad_orders_are_refused_alike(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 1}})
    several: tuple[dict[str, Any], ...] = (
        {"lines": []},
        {"delivery": {"method": "fly"}},
        {"delivery": {"method": "ship", "address": {"city": "Paris"}}},
        {"channel": "nowhere", "currency": "USD"},
        {"placed_at": "yesterday"},
    )
    for changes in several:
        content = json.dumps(retailer.order_body(**changes)).encode()
        quick, slow = ask_quickly(retailer, content), ask_slowly(retailer, content)
        assert essence(quick) == essence(slow)
        assert quick.status == 422
    too_many = json.dumps(retailer.order_body({"LAMP": 2})).encode()
    assert ask_quickly(retailer, too_many).body["code"] == "insufficient_stock"


def test_the_fields_of_one_form_are_named_without_its_tag(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 1}})
    body = retailer.order_body(delivery={"method": "ship", "address": {"city": "Paris"}})
    fields = {
        item["field"] for item in ask_quickly(retailer, json.dumps(body).encode()).body["errors"]
    }
    assert "delivery.address.street" in fields


def test_a_repeat_at_the_other_entrance_gets_the_first_answer(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 10}})
    content = json.dumps(retailer.order_body({"LAMP": 1})).encode()
    first = ask_quickly(retailer, content, Idempotency_Key="k-1")
    again = ask_slowly(retailer, content, Idempotency_Key="k-1")
    assert again.body == first.body
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_key_without_the_scope_is_refused(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 1}})
    reader = Retailer(retailer.key(["orders:read"]))
    refused = ask_quickly(reader, json.dumps(retailer.order_body()).encode())
    assert (refused.status, refused.body["code"]) == (403, "missing_scope")


def test_every_other_address_goes_through_the_framework(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 1}})
    read = ask_quickly(retailer, b"", path="/api/v1/orders", method="GET")
    assert read.status == 200
    assert read.body["items"] == []


@pytest.mark.parametrize("changes", [{}, {"note": "another one"}])
def test_a_key_stays_taken_also_by_what_was_known_before(
    build_retailer: Build, changes: dict[str, str]
) -> None:
    retailer = build_retailer({"LAMP": {"WH": 10}})
    known = retailer.order_body({"LAMP": 1})
    retailer.client.post("/orders", known)
    first = ask_quickly(retailer, json.dumps({**known, **changes}).encode(), Idempotency_Key="k-1")
    assert first.status == (409 if changes else 200)
    other = json.dumps(retailer.order_body({"LAMP": 1})).encode()
    assert ask_quickly(retailer, other, Idempotency_Key="k-1").body["code"] == (
        "idempotency_conflict"
    )
    assert retailer.available("LAMP", "WH") == 9


def test_a_list_of_orders_cut_off_before_its_answer_is_gone_through_again(
    build_retailer: Build,
) -> None:
    retailer = build_retailer({"LAMP": {"WH": 10}})
    content = {"orders": [retailer.order_body({"LAMP": 1}), {"channel": "web"}]}
    first = retailer.client.post("/orders/bulk", content, Idempotency_Key="b-1")
    assert [item["status"] for item in first.body["results"]] == ["created", "rejected"]
    with connection.cursor() as cursor:  # as if the server had died between orders and answer
        cursor.execute("UPDATE web_idempotency_record SET status = NULL, body = NULL")
    again = retailer.client.post("/orders/bulk", content, Idempotency_Key="b-1")
    assert [item["status"] for item in again.body["results"]] == ["duplicate", "rejected"]
    assert again.body["results"][0]["id"] == first.body["results"][0]["id"]
    replay = retailer.client.post("/orders/bulk", content, Idempotency_Key="b-1")
    assert (replay.body, replay.headers["Idempotency-Replayed"]) == (again.body, "true")
    assert retailer.available("LAMP", "WH") == 9


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 201),
        ({"lines": [{"sku": "LAMP", "quantity": 99}]}, 409),
        ({"lines": [{"sku": "LAMP", "quantity": 99, "location": "WH"}]}, 409),
        ({"lines": [{"sku": "NO", "quantity": 1}], "channel": "no"}, 422),
        ({"lines": []}, 422),
        ({"ttl_seconds": 10**6}, 422),
        ({"delivery": {"method": "ship", "country": "DE", "postal_code": "10115"}}, 422),
        ({"surprise": 1}, 422),
    ],
)
def test_a_basket_is_held_or_refused_alike(
    build_retailer: Build, change: dict[str, Any], status: int
) -> None:
    retailer = build_retailer({"LAMP": {"WH": 10}})
    line = {"sku": "LAMP", "quantity": 1, "location": "WH"}
    content = json.dumps({"channel": "web", "lines": [line], **change}).encode()
    path = "/api/v1/stock/holds"
    doors = (ask_quickly, ask_slowly)
    answers = [ask(retailer, content, path=path) for ask in doors]
    for answer in answers:
        assert answer.status == status, answer.body
        for moment in ("created_at", "expires_at"):
            answer.body.pop(moment, None)
    assert essence(answers[0]) == essence(answers[1])
    named = [
        ask(retailer, content, path=path, Idempotency_Key="k") for ask in (ask_quickly, ask_slowly)
    ]
    if status == 201:
        assert named[0].body == named[1].body
        assert named[1].headers["Idempotency-Replayed"] == "true"

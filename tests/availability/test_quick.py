"""Product pages are answered from memory by a route of their own, as the framework answers them."""

import asyncio
import json
import time
from typing import Any

import httpx
from django.test import Client

from chaland.availability.api import quick
from chaland.availability.channel_stock import HARD_SECONDS, channel_stock
from chaland.config.asgi import application
from tests.retailer import ApiClient, Retailer

PATH = "/api/v1/stock/availability"


def ask_quickly(token: str, query: str, **headers: str) -> httpx.Response:
    """Send a request to the application that the server loads."""

    async def ask() -> httpx.Response:
        app: Any = application  # each library describes ASGI by types of its own
        transport = httpx.ASGITransport(app=app)
        sent = {"Authorization": f"Bearer {token}", **headers}
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            return await http.get(f"{PATH}?{query}", headers=sent)

    return asyncio.run(ask())


def ask_slowly(token: str, query: str, **headers: str) -> Any:
    """Send the same request through the framework."""
    sent = {"Authorization": f"Bearer {token}", **headers}
    return Client(raise_request_exception=False).get(f"{PATH}?{query}", headers=sent)


def essence(response: Any) -> tuple[int, Any, dict[str, str]]:
    """Return what must be the same at both entrances."""
    body = json.loads(response.content) if response.content else {}
    differs = {"as_of", "instance"}
    names = ("etag", "cache-control", "content-type")
    headers = {name: response.headers[name] for name in names if name in response.headers}
    return response.status_code, {k: v for k, v in body.items() if k not in differs}, headers


CASES: list[tuple[str, dict[str, str]]] = [
    ("channel=web&sku=LAMP&sku=CHAIR&sku=CORNER&sku=LAMP", {}),
    ("sku=LAMP&sku=VASE&channel=market", {}),
    ("sku=LAMP&channel=web&sku=VASE", {}),
    ("channel=web&sku=LAMP&locations=true", {}),
    ("channel=web&sku=%4CAMP", {}),
    ("sku=LAMP", {}),
    ("channel=web&sku=LAMP", {"If-None-Match": "*"}),
    ("channel=web&sku=NOPE", {}),
    ("channel=nope&sku=LAMP", {}),
    ("channel=web&sku=", {}),
    ("channel=web", {}),
    ("", {}),
    ("channel=web&sku=LAMP&colour=red", {}),
    ("channel=web&sku=no+code", {}),
    ("channel=web" + "&sku=LAMP" * 201, {}),
    ("channel=web&sku=LAMP", {"Authorization": "Bearer chl_wrong_key"}),
    ("channel=web&sku=LAMP", {"Authorization": ""}),
]


def test_both_entrances_answer_alike(open_shop: Retailer) -> None:
    token = open_shop.client.token
    for query, headers in CASES:
        slow = ask_slowly(token, query, **headers)
        ask_quickly(token, "channel=web&sku=LAMP")  # from here on the key is known
        assert essence(ask_quickly(token, query, **headers)) == essence(slow), query


def test_rights_and_limits_count_at_both(open_shop: Retailer) -> None:
    query = "channel=web&sku=LAMP"
    for client in (
        open_shop.key(["orders:read"]),
        open_shop.key(["stock:read"], organisations=["nord"]),
        open_shop.key(["stock:read"], locations=["SHOP-PARIS"]),
    ):
        for _ in range(2):
            quickly = essence(ask_quickly(client.token, query))
            slowly = essence(ask_slowly(client.token, query))
            assert quickly == slowly


def test_a_sale_is_seen_before_an_answer_gets_too_old(open_shop: Retailer) -> None:
    client: ApiClient = open_shop.client

    def available() -> int:
        response = ask_quickly(client.token, "channel=web&sku=LAMP")
        assert int(response.headers["Age"]) <= HARD_SECONDS
        units: int = response.json()["items"][0]["available"]
        return units

    assert available() == 13
    open_shop.place({"LAMP": 2})
    sold = time.monotonic()
    while available() != 11:
        assert time.monotonic() - sold < HARD_SECONDS + 5


def test_what_is_too_old_is_not_given(open_shop: Retailer) -> None:
    token = open_shop.client.token
    assert ask_quickly(token, "channel=web&sku=LAMP").json()["items"][0]["available"] == 13
    open_shop.place({"LAMP": 2})
    view = channel_stock()
    view._read_at -= HARD_SECONDS + 1  # nobody has asked for a while
    assert ask_quickly(token, "channel=web&sku=LAMP").json()["items"][0]["available"] == 11


def test_a_query_is_read_without_guessing() -> None:
    assert quick.parse("channel=a&sku=b&sku=c") == ("a", ["b", "c"])
    assert quick.parse("sku=b&sku=c&channel=a") == ("a", ["b", "c"])
    for odd in ("", "sku=b", "channel=a", "channel=a&sku=%41", "x=1&channel=a&sku=b"):
        assert quick.parse(odd) is None

"""What a channel may sell is told once, in order, at most once a second, and never lost."""

import json
import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from chaland.availability import worker
from chaland.availability.channel_stock import ChannelStock
from chaland.availability.models import Published, Publisher
from chaland.availability.operations import publish_channel, publishing
from chaland.kernel import clock
from chaland.network.queries import snapshot
from chaland.outbox.models import Event
from tests.availability.test_channel_stock import CODES, display, keep_back, kit, move
from tests.retailer import Retailer

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)


class Passes:
    """Passes over a channel, each a second after the one before."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.now = NOW

    def __call__(self, seconds: float = 1) -> int:
        """Pass; return how many lines were told."""
        self.now += timedelta(seconds=seconds)
        facts = snapshot().channels[self.channel]
        return publish_channel(channel=facts, now=self.now)

    def to_the_end(self) -> int:
        """Pass until a whole sweep is done; return how many lines were told."""
        told = self()
        while Publisher.objects.get(channel__code=self.channel).sweep_left:
            told += self()
        return told


def published(channel: str) -> dict[str, int]:
    rows = Published.objects.filter(channel__code=channel).values_list("sku__code", "available")
    return dict(rows)


def told(channel: str) -> list[tuple[str, str, int]]:
    """Return the events of a channel: type, SKU and units."""
    events = Event.objects.filter(stream__startswith=f"stock:{channel}:").order_by("seq")
    return [(item.type, item.data["sku"], item.data["available"]) for item in events]


def true_now(channel: str) -> dict[str, int]:
    shelf = ChannelStock().refresh(channel, CODES)
    assert shelf is not None
    return {code: json.loads(item[0])["available"] for code, item in shelf.fragments.items()}


def test_each_change_is_told_by_the_event_that_says_it_best(open_shop: Retailer) -> None:
    del open_shop
    web = Passes("web")
    assert web() == 5
    assert published("web") == true_now("web")
    assert told("web") == []  # a storefront starts from the export
    assert web() == 0

    move("VASE", "SHOP-LYON", -1, 0)
    move("TABLE", "WH", 9, 0)
    move("LAMP", "WH", -1, 0)
    assert web() == 3
    assert told("web") == [
        ("stock.changed", "LAMP", 12),
        ("stock.back", "TABLE", 9),
        ("stock.out", "VASE", 0),
    ]
    move("TABLE", "WH", -6, 0)
    assert web() == 1
    assert told("web")[3:] == [("stock.low", "TABLE", 3)]
    move("TABLE", "WH", -1, 0)
    web()
    assert told("web")[4:] == [("stock.changed", "TABLE", 2)]
    assert published("web") == true_now("web")


def test_a_part_takes_its_kit_along(open_shop: Retailer) -> None:
    del open_shop
    web = Passes("web")
    web()
    move("CHAIR", "WH", -4, 0)
    assert web() == 2
    assert ("stock.out", "CORNER", 0) in told("web")


def test_what_changes_often_is_told_once_a_second_and_the_last_value_wins(
    open_shop: Retailer,
) -> None:
    del open_shop
    web = Passes("web")
    web()
    for _ in range(4):
        move("LAMP", "WH", -1, 0)
        assert web(0.2) == 0
    assert web(0.2) == 1
    assert told("web") == [("stock.changed", "LAMP", 9)]
    move("LAMP", "WH", -1, 0)
    move("LAMP", "WH", 1, 0)  # as if nothing had been
    assert web() == 0


def test_channels_tell_of_their_own_stock(open_shop: Retailer) -> None:
    del open_shop
    web, market = Passes("web"), Passes("market")
    web()
    market()
    keep_back("safety_stock", 1, "market", "")
    assert web.to_the_end() == 0
    assert market.to_the_end() == 3
    assert {(kind, sku) for kind, sku, _ in told("market")} == {
        ("stock.changed", "LAMP"),
        ("stock.out", "CHAIR"),
        ("stock.out", "VASE"),
    }
    for passes in (web, market):
        assert published(passes.channel) == true_now(passes.channel)


def test_a_rule_for_everything_is_told_in_chunks(
    open_shop: Retailer, monkeypatch: pytest.MonkeyPatch
) -> None:
    del open_shop
    monkeypatch.setattr(publishing, "CHUNK", 2)
    web = Passes("web")
    assert [web() for _ in range(4)] == [2, 2, 1, 0]
    keep_back("switch", 1, "web", "")
    assert web() <= 2
    move("TABLE", "WH", 5, 0)
    keep_back("percentage", 50, "web", "")  # another change in the middle of the sweep
    display("web", 1, exact=True)
    kit(1)
    web.to_the_end()
    assert published("web") == true_now("web")


def test_a_pass_that_is_cut_off_has_told_nothing_and_lost_nothing(
    open_shop: Retailer, monkeypatch: pytest.MonkeyPatch
) -> None:
    del open_shop
    web = Passes("web")
    web()
    move("LAMP", "WH", -1, 0)
    cut: Callable[..., Any] = lambda *_, **__: 1 / 0  # noqa: E731
    with monkeypatch.context() as patched:
        patched.setattr(Publisher, "save", cut)
        with pytest.raises(ZeroDivisionError):
            web()
    assert (told("web"), published("web")["LAMP"]) == ([], 13)
    assert web() == 1
    assert told("web") == [("stock.changed", "LAMP", 12)]


def test_a_channel_is_told_of_by_one_worker_at_a_time(open_shop: Retailer) -> None:
    del open_shop
    facts = snapshot().channels["web"]
    results = []

    def beside() -> None:
        try:
            results.append(publish_channel(channel=facts, now=NOW))
        finally:
            connection.close()

    with transaction.atomic():
        assert publish_channel(channel=facts, now=NOW) == 5
        other = threading.Thread(target=beside)
        other.start()
        other.join(20)
    assert results == [0]


def test_who_follows_the_cursor_ends_with_the_whole_table(open_shop: Retailer) -> None:
    """Two workers tell while orders are placed and a client reads on; nothing is missed."""
    stop = threading.Event()

    def working() -> None:
        worker.start(stop)
        connection.close()

    workers = [threading.Thread(target=working) for _ in range(2)]
    for thread in workers:
        thread.start()
    have: dict[str, dict[str, Any]] = {}
    cursor = ""
    try:
        for number in range(6):
            open_shop.place({"LAMP": 1} if number % 2 else {"CHAIR": 1})
            cursor = _follow(open_shop, cursor, have)
        wanted = true_now("web")
        deadline = clock.now() + timedelta(seconds=20)
        while {sku: line["available"] for sku, line in have.items()} != wanted:
            assert clock.now() < deadline, (have, wanted)
            cursor = _follow(open_shop, cursor, have)
    finally:
        stop.set()
        for thread in workers:
            thread.join(20)
    assert have == _file(open_shop, "jsonl")
    last = defaultdict(list)
    for _, sku, units in told("web"):
        last[sku].append(units)
    assert {sku: units[-1] for sku, units in last.items()} == {sku: wanted[sku] for sku in last}
    times = Event.objects.filter(subject="LAMP", type__startswith="stock.", stream="stock:web:LAMP")
    moments = list(times.order_by("seq").values_list("occurred_at", flat=True))
    assert all(b - a >= timedelta(seconds=1) for a, b in pairwise(moments))


def _follow(shop: Retailer, cursor: str, have: dict[str, dict[str, Any]]) -> str:
    while True:
        query = {"cursor": cursor} if cursor else {}
        page = shop.client.get("/stock/export", channel="web", limit=2, **query).body
        have.update((item["sku"], item) for item in page["items"])
        cursor = page["cursor"]
        if page["next"] is None:
            return str(cursor)


def _file(shop: Retailer, kind: str) -> Any:
    response: Any = Client().get(
        f"/api/v1/stock/export/file?channel=web&format={kind}",
        headers={"Authorization": f"Bearer {shop.client.token}"},
    )
    text = b"".join(response.streaming_content).decode()
    assert response.headers["X-Next-Cursor"]
    if kind == "csv":
        return text
    return {line["sku"]: line for line in map(json.loads, text.splitlines())}


def test_the_whole_table_comes_as_a_file(open_shop: Retailer) -> None:
    Passes("market")()
    text = _file(open_shop, "csv")
    assert text == "sku,available,ship,pickup,state,sequence,changed_at\n"
    Passes("web")()
    lines = _file(open_shop, "csv").splitlines()
    assert lines[1] == "LAMP,13,13,3,in_stock,1,2026-11-25T09:00:01+00:00"
    assert len(lines) == 6


def test_a_cursor_is_of_its_channel(open_shop: Retailer) -> None:
    Passes("web")()
    cursor = open_shop.client.get("/stock/export", channel="web").body["cursor"]
    again = open_shop.client.get("/stock/export", channel="web", cursor=cursor).body
    assert (again["items"], again["cursor"], again["next"]) == ([], cursor, None)
    refused = open_shop.client.get("/stock/export", channel="market", cursor=cursor)
    assert [item["field"] for item in refused.body["errors"]] == ["cursor"]


@pytest.mark.parametrize("path", ["/stock/export", "/stock/export/file"])
def test_a_limited_key_or_an_unknown_channel_gets_no_export(open_shop: Retailer, path: str) -> None:
    limited = open_shop.key(["stock:read"], organisations=["nord"])
    assert limited.get(path, channel="web").body["code"] == "limited_key"
    refused = open_shop.client.get(path, channel="nope")
    assert [item["field"] for item in refused.body["errors"]] == ["channel"]

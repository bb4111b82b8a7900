"""Feeds on the console: how they do, what waits, files, comparisons."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from chaland.access.types import Role
from chaland.console import feed_words
from chaland.feeds.operations import save_feed, watch_silence, work_next
from chaland.feeds.rules import REASONS
from chaland.feeds.types import FeedDraft, FeedMode, Hearing, RunKind
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM
from tests.retailer import Retailer
from tests.screens import sign_in

STOCK = {"LAMP": {"WH": 10, "SHOP-PARIS": 5}}


@pytest.fixture
def retailer(transactional_db: None) -> Retailer:
    """Write the small retailer, and a feed of counts that is expected every hour."""
    del transactional_db
    made = Retailer.build(STOCK)
    draft = FeedDraft(
        code="erp",
        name="The ERP",
        mode=FeedMode.COUNT,
        hearing=Hearing.PHYSICAL,
        expected_every_minutes=60,
    )
    with transaction.atomic():
        save_feed(draft=draft, now=clock.now(), actor=SYSTEM)
    return made


def _text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return re.sub(r"\s+", " ", response.content.decode())


def _tell(retailer: Retailer, **line: Any) -> None:
    body = {"items": [{"sku": "LAMP", "location": "WH", "quantity": 10, **line}]}
    body["as_of"] = clock.now().isoformat()  # type: ignore[assignment]  # JSON
    answer = retailer.client.post("/stock/feeds/erp/lines", body)
    assert answer.status == 200, answer.body


def test_a_silent_feed_and_waiting_lines_are_told(retailer: Retailer) -> None:
    client = sign_in(Role.OPERATIONS)
    assert "well" in _text(client, "/console/feeds/")
    _tell(retailer, location="NOWHERE")
    page = _text(client, "/console/feeds/erp/")
    assert "No such site" in page
    assert "Create the site, or correct its code." in page
    assert "lines wait" in _text(client, "/console/feeds/")
    watch_silence(now=clock.now() + timedelta(days=1))
    assert "silent for" in _text(client, "/console/feeds/")
    tower = _text(client, "/console/")
    assert re.search(r"Silent feeds</span> <strong>1</strong>", tower)
    assert re.search(r"Lines that wait</span> <strong>1</strong>", tower)


def test_waiting_lines_are_tried_again_or_given_up(retailer: Retailer) -> None:
    client = sign_in(Role.OPERATIONS)
    _tell(retailer, location="NOWHERE")
    path = "/console/feeds/erp"
    tried = client.post(f"{path}/replay/", {"reason": "unknown_location"}, follow=True)
    assert "The lines are tried again." in tried.content.decode()
    work_next(clock=clock.now)
    given_up = client.post(f"{path}/dismiss/", {"reason": "unknown_location"}, follow=True)
    assert "1 line is dismissed." in given_up.content.decode()
    nothing = client.post(f"{path}/replay/", {"reason": "unknown_location"}, follow=True)
    assert "notice-bad" in nothing.content.decode()


def test_a_file_is_uploaded_merged_and_compared(retailer: Retailer) -> None:
    client = sign_in(Role.OPERATIONS)

    def send(quantity: int, **fields: str) -> str:
        text = f"sku;location;quantity\nLAMP;WH;{quantity}\n".encode()
        body = {"file": SimpleUploadedFile("counts.csv", text), **fields}
        page = client.post("/console/feeds/erp/upload/", body, follow=True).content.decode()
        assert "counts.csv is received." in page
        while work_next(clock=clock.now):
            pass
        return str(page)

    send(12)
    assert retailer.available("LAMP", "WH") == 12
    send(15, compare="on")
    assert retailer.available("LAMP", "WH") == 12
    listed = _text(client, "/console/feeds/erp/")
    run = re.findall(r"/console/feed-runs/(run_\w+)/", listed)[0]
    compared = _text(client, f"/console/feed-runs/{run}/")
    assert "Differences that nothing explains" in compared
    assert "+3" in compared
    client.post(f"/console/feed-runs/{run}/heal/")
    while work_next(clock=clock.now):
        pass
    assert retailer.available("LAMP", "WH") == 15
    assert "healed" in _text(client, f"/console/feed-runs/{run}/")
    retailer.assert_stock_is_true()


def test_who_may_not_write_stock_reads_only(retailer: Retailer) -> None:
    _tell(retailer, location="NOWHERE")
    reader = sign_in(Role.CUSTOMER_SERVICE)
    page = _text(reader, "/console/feeds/erp/")
    assert "Upload a file" not in page
    assert "Try again" not in page
    for action in ("upload", "replay", "dismiss"):
        assert reader.post(f"/console/feeds/erp/{action}/").status_code == 403
    assert reader.get("/console/feeds/nothing/").status_code == 404
    assert reader.get("/console/feed-runs/nonsense/").status_code == 404


def test_every_reason_mode_and_kind_of_run_has_words() -> None:
    assert set(REASONS) == set(feed_words._REASONS)
    assert set(FeedMode) == set(feed_words.MODES)
    assert set(RunKind) == set(feed_words.RUN_KINDS)

"""Feeds as another system, an operator and a folder use them."""

import gzip
import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from typer.testing import CliRunner

from chaland.cli.application import build
from chaland.feeds import folders
from chaland.feeds.operations import watch_silence, work_next
from chaland.feeds.queries import health, runs
from chaland.feeds.types import FeedMode, Hearing
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM
from chaland.outbox.models import Event
from tests.feeds.conftest import ERP, POS, House

pytestmark = pytest.mark.django_db

HEAD = "sku;location;quantity\n"


def post(house: House, path: str, **body: Any) -> Any:
    answer = house.retailer.client.post(f"/stock/{path}", body)
    assert answer.status == 200, answer.body
    return answer.body


def outcomes(house: House, feed: str, *items: dict[str, Any], **more: Any) -> list[str]:
    """Send lines; return the status of each, or why it is in quarantine."""
    answer = post(house, f"feeds/{feed}/lines", items=items, **more)
    return [item["reason"] or item["status"] for item in answer["results"]]


def count(sku: str, place: str, units: int, **more: Any) -> dict[str, Any]:
    return {"sku": sku, "location": place, "quantity": units, **more}


def upload(house: House, text: bytes, **query: str) -> Any:
    return Client().generic(
        "PUT",
        "/api/v1/stock/feeds/erp/files/stock.csv",
        text,
        content_type="text/csv",
        headers={"Authorization": f"Bearer {house.retailer.client.token}"},
        query_params=query,
    )


def test_lines_are_answered_one_by_one(house: House) -> None:
    house.feed(ERP, mode=FeedMode.COUNT)
    now = clock.now()
    moment, earlier = now.isoformat(), (now - timedelta(hours=1)).isoformat()
    items = [
        count("LAMP", "WH", 8),
        count("CHAIR", "WH", 20),
        count("GHOST", "WH", 1),
        count("LAMP", "NOWHERE", 1),
        count("LAMP", "SHOP-PARIS", "many"),  # type: ignore[arg-type]
        count("LAMP", "WH", 9, as_of=earlier),
    ]
    assert outcomes(house, "erp", *items, as_of=moment) == [
        "applied",
        "unchanged",
        "unknown_sku",
        "unknown_location",
        "invalid_input",
        "stale",
    ]
    assert outcomes(house, "erp", *items[:2], as_of=moment) == ["duplicate", "duplicate"]
    assert outcomes(house, "erp", items[0]) == ["missing"]
    assert house.on_hand()["LAMP WH"] == 8


def test_a_limited_key_changes_only_its_own(house: House) -> None:
    house.feed(ERP, mode=FeedMode.COUNT, organisations=("nord",))
    nord = house.retailer.key(["stock:write", "stock:read"], organisations=["nord"])
    body = {"items": [count("CHAIR", "SHOP-LILLE", 1), count("LAMP", "WH", 1)]}
    sent = {**body, "as_of": clock.now().isoformat()}
    results = nord.post("/stock/feeds/erp/lines", sent).body["results"]
    assert [item["status"] for item in results] == ["applied", "quarantined"]
    assert results[1]["reason"] == "unknown_location"
    house.feed(POS)
    assert nord.get("/stock/feeds/pos").status == 404
    assert nord.put("/stock/feeds/x", {"name": "X", "mode": "count"}).status == 403


def test_quarantined_lines_are_replayed_once_what_was_wrong_is_mended(house: House) -> None:
    house.feed(ERP, mode=FeedMode.COUNT)
    moment = (clock.now() - timedelta(minutes=3)).isoformat()
    outcomes(house, "erp", count("NEW", "WH", 7), count("OLD", "WH", 1), as_of=moment)
    made = house.retailer.client.put("/skus/NEW", {"name": "New", "weight_grams": 1})
    assert made.status == 201
    run = post(house, "feeds/erp/replay", reason="unknown_sku")
    assert run["state"] == "receiving"
    work_next(clock=clock.now)
    done = house.retailer.client.get(f"/stock/feed-runs/{run['id']}").body
    assert (done["state"], done["tally"]["applied"]) == ("done", 1)
    assert house.on_hand()["NEW WH"] == 7
    (left,) = house.retailer.client.get("/stock/quarantine").body["items"]
    assert (left["sku"], left["run"], left["state"]) == ("OLD", run["id"], "open")
    assert left["fix"]
    assert post(house, "feeds/erp/dismiss", ids=[left["id"]]) == {"dismissed": 1}
    again = house.retailer.client.post("/stock/feeds/erp/replay", {})
    assert (again.status, again.body["code"]) == (409, "nothing_to_replay")
    unknown = house.retailer.client.get("/stock/quarantine?run=7")
    assert (unknown.status, unknown.body["errors"][0]["field"]) == (422, "run")


def test_a_file_is_uploaded_whole_or_not_at_all(house: House) -> None:
    house.feed()
    text = (HEAD + "LAMP;WH;4\n").encode()
    moment = (clock.now() - timedelta(minutes=2)).isoformat()
    assert upload(house, text).json()["errors"][0]["field"] == "as_of"
    refused = upload(house, text, as_of=moment, sha256="0" * 64)
    assert (refused.status_code, refused.json()["code"]) == (422, "half_received")
    assert upload(house, text, as_of=moment, oops="1").status_code == 422
    assert not list(folders.work_folder().iterdir())

    right = hashlib.sha256(packed := gzip.compress(text)).hexdigest()
    taken = upload(house, packed, as_of=moment, sha256=right, lines="1")
    assert taken.status_code == 202, taken.content
    done = work_next(clock=clock.now)
    assert done
    assert (done.state, done.tally.applied) == ("done", 1)
    folders.put_away(done)
    assert not list(folders.work_folder().iterdir())


def test_a_watched_folder_is_emptied_and_reports(house: House) -> None:
    house.feed(folder="erp/stock")
    assert folders.take_files(now=clock.now()) == []
    inbox = folders.folder_of("erp/stock")
    (inbox / "a.csv").write_text(HEAD + "LAMP;WH;3\nGHOST;WH;1\n")
    assert folders.take_files(now=clock.now()) == []  # it may still be growing
    (inbox / "a.csv.done").write_text(json.dumps({"lines": 2}))
    (inbox / "b.csv").write_text(HEAD)
    (inbox / "b.csv.done").write_text(json.dumps({"lines": 5}))
    assert len(folders.take_files(now=clock.now())) == 2
    while done := work_next(clock=clock.now):
        folders.put_away(done)
    (report,) = (inbox / "done").glob("*a.csv.report.json")
    assert json.loads(report.read_text())["lines"]["quarantined"] == 1
    assert len(list((inbox / "failed").glob("*b.csv"))) == 1
    assert house.on_hand()["LAMP WH"] == 3


@pytest.mark.parametrize("folder", ["../x", "/etc", "a/../../b", "a//b", "done", "a b", "."])
def test_no_folder_leads_out_of_the_root(house: House, folder: str) -> None:
    body = {"name": "X", "mode": "count", "folder": folder}
    answer = house.retailer.client.put("/stock/feeds/x", body)
    assert (answer.status, answer.body["errors"][0]["code"]) == (422, "folder_not_allowed")


def test_silence_is_noticed_once_and_ends(house: House) -> None:
    house.feed(expected_every_minutes=60)
    assert watch_silence(now=clock.now()) == ["erp"]
    assert watch_silence(now=clock.now()) == []
    (shown,) = health(actor=SYSTEM, now=clock.now())
    assert shown.silent_since is not None
    house.load(HEAD + "LAMP;WH;1\n")
    (shown,) = health(actor=SYSTEM, now=clock.now())
    assert shown.silent_since is None
    assert shown.lines_7_days == 1
    kinds = Event.objects.filter(type__startswith="feed.").order_by("seq")
    assert [item.type for item in kinds] == [
        "feed.changed",
        "feed.silent",
        "feed.recovered",
        "feed.run_ended",
    ]


def test_a_difference_is_explained_and_healed(house: House, tmp_path: Path) -> None:
    house.feed(hearing=Hearing.EVENTS)
    path = tmp_path / "theirs.csv"
    path.write_text(HEAD + "LAMP;WH;8\nLAMP;SHOP-PARIS;5\nCHAIR;WH;20\nLAMP;SHOP-LILLE;0\n")
    exported = tmp_path / "differences.csv"
    command = ["stock", "reconcile", str(path), "--feed", "erp", "--csv", str(exported), "--json"]
    compared = CliRunner().invoke(build(), command)
    assert compared.exit_code == 1, compared.output
    summary = json.loads(compared.stdout)["summary"]
    assert (summary["differing"], summary["unexplained_units"]) == (2, 4)
    assert house.on_hand()["LAMP WH"] == 10
    assert len(exported.read_text().splitlines()) == 3

    run_id = json.loads(compared.stdout)["id"]
    found = house.retailer.client.get(f"/stock/reconciliations/{run_id}/differences").body["items"]
    (lamp,) = (item for item in found if item["sku"] == "LAMP")
    assert (lamp["ours"], lamp["theirs"], lamp["unexplained"]) == (10, 8, -2)
    post(house, f"reconciliations/{run_id}/heal", ids=[lamp["id"]])
    work_next(clock=clock.now)
    assert house.on_hand()["LAMP WH"] == 8
    assert house.on_hand()["CHAIR SHOP-LILLE"] == 2
    caused = house.retailer.client.get("/stock/movements", cause=run_id).body["items"]
    assert [(line["sku"], line["on_hand_delta"]) for line in caused] == [("LAMP", -2)]


def test_a_file_is_imported_by_hand(house: House, tmp_path: Path) -> None:
    house.feed()
    path = tmp_path / "stock.csv"
    path.write_text(HEAD + "LAMP;WH;1\nGHOST;WH;1\n")
    done = CliRunner().invoke(build(), ["import", "stock", str(path), "--feed", "erp", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["lines"]["quarantined"] == 1
    half = ["import", "stock", str(path), "--feed", "erp", "--lines", "9"]
    assert CliRunner().invoke(build(), half).exit_code == 1
    assert CliRunner().invoke(build(), [*half[:-2], "--feed", "nobody"]).exit_code == 1
    assert [run.state for run in runs(actor=SYSTEM, limit=9)] == ["failed", "done"]

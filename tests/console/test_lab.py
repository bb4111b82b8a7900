"""The lab on the console: a question is asked, answered, stopped, and shown with its pictures."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from chaland.access.types import Role
from chaland.console.lab_charts import scatter, tone, whisker
from chaland.kernel import clock
from chaland.lab.operations import work_next
from tests.retailer import Retailer
from tests.screens import sign_in

STOCK = {"LAMP": {"WH": 10, "SHOP-PARIS": 5}}


@pytest.fixture
def retailer(transactional_db: None) -> Retailer:
    """Write the small retailer, and three orders of today."""
    del transactional_db
    made = Retailer.build(STOCK)
    for _ in range(3):
        made.place({"LAMP": 1})
    return made


def ask(client: Client, **more: object) -> str:
    """Ask about today and yesterday; return the run's address."""
    today = timezone.localdate()
    days = {"first": today - timedelta(days=1), "last": today}
    answer = client.post("/console/lab/ask/", {"name": "No warehouse", **days, "draws": 1, **more})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def test_a_question_is_asked_and_its_answer_shown(retailer: Retailer) -> None:
    del retailer
    client = sign_in(Role.OPERATIONS)
    assert "Nothing was asked yet" in text_of(client, "/console/lab/")
    page = ask(client, closed=["WH"])
    assert "Waiting" in text_of(client, page)
    assert work_next(clock=clock.now) is not None
    shown = text_of(client, page)
    assert "Of 3 orders" in shown
    assert "Promises kept" in shown
    assert 'class="whisker' in shown
    assert "No warehouse" in text_of(client, "/console/lab/")


def test_a_search_shows_a_frontier_in_french(retailer: Retailer) -> None:
    del retailer
    client = sign_in(Role.OPERATIONS, language="fr")
    page = ask(client, search="on")
    assert work_next(clock=clock.now) is not None
    shown = text_of(client, page)
    assert 'class="lab-frontier"' in shown
    assert "coût par commande" in shown


def test_a_run_is_stopped_and_goes_on(retailer: Retailer) -> None:
    del retailer
    client = sign_in(Role.OPERATIONS)
    page = ask(client, buffer=2)
    assert client.post(f"{page}stop/").status_code == 302
    assert "Go on" in text_of(client, page)
    assert client.post(f"{page}resume/").status_code == 302
    assert "Waiting" in text_of(client, page)


def test_a_question_that_makes_no_sense_stays_on_the_form(retailer: Retailer) -> None:
    del retailer
    client = sign_in(Role.OPERATIONS)
    day = timezone.localdate()
    asked = {"name": "Turned", "first": day, "last": day - timedelta(days=3), "draws": 1}
    answer = client.post("/console/lab/ask/", asked)
    assert answer.status_code == 422
    assert "is not after the start" in answer.content.decode()


def test_a_difference_is_good_bad_or_unsure() -> None:
    assert tone("cost", -2.0, -1.0) == "good"
    assert tone("kept", -2.0, -1.0) == "bad"
    assert tone("kept", -1.0, 0.5) == "unsure"
    drawn = whisker("cost", {"low": -2.0, "mean": -1.5, "high": -1.0})
    assert float(drawn.low) < float(drawn.mean) < float(drawn.high) < 90.0


def test_the_frontier_runs_from_cheap_to_dear() -> None:
    ways = [
        {"measures": {"cost": {"mean": cost}, "kept": {"mean": kept}}}
        for cost, kept in ((10.0, 0.9), (9.0, 0.8), (11.0, 0.95), (12.0, 0.7))
    ]
    plot = scatter(ways, [1, 0, 2], "kept", ["today", "a", "b", "c"])
    xs = [float(corner.split(",")[0]) for corner in plot.line.split()]
    assert xs == sorted(xs)
    assert [dot.kind for dot in plot.dots] == ["other", "best", "best", "today"]

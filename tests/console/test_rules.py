"""Stock rules on the console: in words, made, changed, switched, refused."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from chaland.access.types import Role
from chaland.availability.queries import stored_rule, stored_rules
from chaland.availability.types import RuleKind, RuleScope, StockRule
from chaland.console import rule_words
from chaland.network.queries import snapshot
from tests.retailer import Retailer
from tests.screens import sign_in

STOCK = {"LAMP": {"WH": 10, "SHOP-PARIS": 5}, "CHAIR": {"WH": 4}}
NEW = {"name": "Keep two", "kind": "safety_stock", "units": "2", "priority": "100", "version": "0"}


@pytest.fixture
def retailer(transactional_db: None) -> Retailer:
    """Write the small retailer."""
    del transactional_db
    return Retailer.build(STOCK)


def _text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return re.sub(r"\s+", " ", response.content.decode())


def _make(client: Client, **fields: Any) -> tuple[int, str]:
    body = {**NEW, "active": "on", **fields}
    response = client.post("/console/new-rule/", body, follow=True)
    return response.status_code, response.content.decode()


def test_a_rule_is_made_said_in_words_and_holds_at_once(retailer: Retailer) -> None:
    client = sign_in(Role.OPERATIONS)
    status, page = _make(client, channels=["web"], **{"skus-more": "LAMP, CHAIR"})
    assert (status, "The rule holds from now on." in page) == (200, True)
    said = "Web: keep 2 of Chair and Lamp at every site"
    assert said in _text(client, "/console/rules/")
    sold = _text(client, "/console/stock/LAMP/")
    assert "15 on hand: 4 buffer (rule Keep two), 11 for sale" in sold
    assert retailer.client.post("/orders", retailer.order_body({"LAMP": 12})).status == 409
    french = _text(sign_in(Role.ADMINISTRATOR, "fr"), "/console/rules/")
    assert "Web : garder 2 de Chair et Lamp sur tous les sites" in french


def test_a_rule_is_changed_switched_and_its_history_told(retailer: Retailer) -> None:
    client = sign_in(Role.OPERATIONS)
    _make(client)
    stored = stored_rule("keep-two")
    body = {**NEW, "units": "4", "active": "on", "version": str(stored.version)}
    changed = client.post("/console/rules/keep-two/", body, follow=True).content.decode()
    assert "The rule is saved." in changed
    assert "<del>2</del> <ins>4</ins>" in changed
    stale = client.post("/console/rules/keep-two/", body)
    assert stale.status_code == 422
    assert "Somebody changed this rule meanwhile" in stale.content.decode()
    off = client.post("/console/rules/keep-two/switch/", {"active": "off"}, follow=True)
    assert "Keep two is off." in off.content.decode()
    assert not stored_rule("keep-two").rule.active
    _make(client)
    assert stored_rule("keep-two-2").rule.name == "Keep two"
    del retailer


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"units": ""}, "a rule of kind safety_stock needs it"),
        ({"units": "0"}, "greater than or equal to 1"),
        ({"name": ""}, "This field is required"),
        ({"skus-more": "NOTHING"}, "NOTHING"),
        ({"channels": ["radio"]}, "Select a valid choice"),
        ({"starts_at": "2026-12-02T10:00", "ends_at": "2026-12-01T10:00"}, "would end before"),
        ({"kind": "ring_fence", "units": "", "channels": ["web"]}, "units or percent"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    retailer: Retailer, fields: dict[str, Any], said: str
) -> None:
    status, page = _make(sign_in(Role.OPERATIONS), **fields)
    assert status == 422
    assert said in page
    del retailer


def test_who_may_not_change_rules_may_read_them(retailer: Retailer) -> None:
    _make(sign_in(Role.OPERATIONS))
    reader = sign_in(Role.CUSTOMER_SERVICE)
    page = _text(reader, "/console/rules/")
    assert "Keep two" in page
    assert 'role="switch"' not in page
    assert '<fieldset class="stack" disabled>' in _text(reader, "/console/rules/keep-two/")
    assert reader.post("/console/new-rule/", NEW).status_code == 403
    assert reader.post("/console/rules/keep-two/", NEW).status_code == 403
    assert reader.post("/console/rules/keep-two/switch/", {"active": "off"}).status_code == 403
    assert stored_rule("keep-two").rule.active
    del retailer


def test_a_rule_that_never_decides_says_why(retailer: Retailer) -> None:
    client = sign_in(Role.OPERATIONS)
    _make(client, name="First", priority="1")
    _make(client, name="Second")
    page = _text(client, "/console/rules/")
    assert "1 rule does nothing as it stands" in page
    assert "It never decides: “First” comes first wherever it would." in page
    assert "It never decides" in _text(client, "/console/rules/second/")
    del retailer


def test_the_effect_is_told_before_anything_is_saved(retailer: Retailer) -> None:
    client = sign_in(Role.OPERATIONS)

    def tried(**fields: Any) -> str:
        response = client.post("/console/try-rule/", {**NEW, "active": "on", **fields})
        assert response.status_code == 200
        return re.sub(r"\s+", " ", response.content.decode())

    said = tried(name="", channels=["web"], **{"skus-more": "LAMP"})
    assert "hides <strong>4</strong> units of 1 articles at 2 sites" in said
    assert "10 → <strong>8</strong>" in said
    assert "as soon as the rule is complete" in tried(units="")
    assert "NOTHING" in tried(**{"skus-more": "NOTHING"})
    assert "It would change nothing" in tried(**{"skus-more": "TABLE"})
    assert not stored_rules()
    reader = sign_in(Role.CUSTOMER_SERVICE)
    assert reader.post("/console/try-rule/", NEW).status_code == 403
    del retailer


def test_articles_are_suggested_while_one_types(retailer: Retailer) -> None:
    client = sign_in(Role.OPERATIONS)
    found = client.get("/console/rule-articles/?field=skus&skus-more=la").content.decode()
    assert '<option value="LAMP">Lamp</option>' in found
    assert client.get("/console/rule-articles/").content.decode().strip() == ""
    del retailer


def test_every_kind_has_words_in_both_languages(retailer: Retailer) -> None:
    names = rule_words.Names(snapshot(), {"LAMP": "Lamp"})
    moment = datetime(2026, 12, 1, 9, tzinfo=UTC)
    scope = RuleScope(
        channels=("web",), methods=("pickup",), locations=("WH", "SHOP-PARIS"), tags=("toy",)
    )
    amounts: dict[RuleKind, dict[str, Any]] = {
        RuleKind.SAFETY_STOCK: {"units": 2},
        RuleKind.LAST_PIECE: {},
        RuleKind.THRESHOLD: {"units": 3},
        RuleKind.PERCENTAGE: {"percent": 10},
        RuleKind.RING_FENCE: {"percent": 25},
        RuleKind.SWITCH: {"on": False},
        RuleKind.ACTIVATION: {"opens_at": moment},
    }
    assert set(amounts) == set(RuleKind) == set(rule_words.KINDS) == set(rule_words.KIND_HELP)
    said = {}
    for kind, amount in amounts.items():
        rule = StockRule(code="r", name="R", kind=kind, scope=scope, **amount)
        for language in ("en", "fr"):
            with translation.override(language):
                said[kind, language] = rule_words.sentence(rule, names)
                assert "%" not in said[kind, language].replace("10 %", "").replace("25 %", "")
    assert said[RuleKind.SAFETY_STOCK, "en"] == (
        "Web: keep 2 of each article tagged “toy” at Orléans warehouse and Paris store,"
        " for pickup only"
    )
    with translation.override("en"):
        dated = StockRule(
            code="r",
            name="R",
            kind=RuleKind.LAST_PIECE,
            starts_at=moment,
            ends_at=moment + timedelta(days=20),
        )
        assert rule_words.period(dated) == "from 1 December 2026 until 21 December 2026"
        assert rule_words.listed(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
    del retailer

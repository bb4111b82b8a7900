"""Sourcing strategies on the console: drafted, read aloud, tried, activated, rolled back."""

import re
from typing import Any

import pytest
from django.test import Client

from chaland.access.types import Role
from chaland.kernel import clock
from chaland.sourcing import queries
from tests.retailer import Retailer
from tests.screens import sign_in

STOCK = {"LAMP": {"WH": 10, "SHOP-PARIS": 5, "SHOP-LYON": 5}, "CHAIR": {"WH": 4}}
EMPTY = {
    "edit": "1",
    "circles-TOTAL_FORMS": "2",
    "circles-INITIAL_FORMS": "0",
    "preferences-TOTAL_FORMS": "1",
    "preferences-INITIAL_FORMS": "0",
    "quantifier": "any",
}
DEAR = {
    **EMPTY,
    "name": "Dear baskets",
    "on": "on",
    "value_least": "200",
    "postal_prefixes-more": "75, 77",
    "circles-0-name": "shops",
    "circles-0-kinds": ["store"],
    "circles-0-within_km": "50",
    "circles-1-kinds": ["warehouse"],
    "parcels": "2",
    "nothing_fits": "ask",
    "weight_of_extra_parcel": "3",
}
HOME = "/console/strategies/default/"


@pytest.fixture
def retailer(transactional_db: None) -> Retailer:
    """Write the small retailer."""
    del transactional_db
    return Retailer.build(STOCK)


def _text(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def _add_rule(client: Client, **fields: Any) -> Any:
    draft = queries.draft_of("default")
    edit = str(draft.edit) if draft else "1"
    return client.post(f"{HOME}draft/new-rule/", {**DEAR, "edit": edit, **fields}, follow=True)


def test_a_rule_is_made_read_aloud_tried_and_activated(retailer: Retailer) -> None:
    order = retailer.place({"LAMP": 1})
    client = sign_in(Role.OPERATIONS)
    assert "Default strategy" in _text(client.get("/console/strategies/"))
    client.post(f"{HOME}draft/open/")
    page = _text(_add_rule(client))
    assert "When the basket is worth 200 or more and its postal code begins with 75 or 77" in page
    assert "first shops within 50 km, then warehouses" in page
    assert "at most 2 parcels" in page
    assert "when nothing fits: ask a person" in page
    assert "would have met 0 of last month's 1 orders" in page
    assert "None of last month&#x27;s orders would have met it." in page
    tried = _text(client.get(f"{HOME}draft/", {"order": order["external_id"]}))
    assert "The same sites would send the same goods." in tried
    assert "No rule fits" in tried
    assert "There is no such order." in _text(client.get(f"{HOME}draft/", {"order": "nope"}))
    edit = queries.draft_of("default").edit  # type: ignore[union-attr]
    done = client.post(f"{HOME}activate/", {"edit": edit, "note": "calmer"}, follow=True)
    assert "Version 2 is in force." in _text(done)
    rule = queries.in_force(now=clock.now())["default"].document.rules[0]
    assert (rule.code, [circle.name for circle in rule.circles]) == ("dear-baskets", ["shops", ""])
    french = _text(sign_in(Role.ADMINISTRATOR, "fr").get(HOME))
    assert "Quand le panier vaut 200 ou plus" in french
    assert "d’abord magasins à moins de 50 km, puis entrepôts" in french


def test_rules_are_moved_switched_changed_and_taken_out(retailer: Retailer) -> None:
    client = sign_in(Role.OPERATIONS)
    client.post(f"{HOME}draft/open/")
    _add_rule(client, name="First")
    _add_rule(client, name="Second")
    page = _text(client.get(f"{HOME}draft/"))
    assert "It is never reached: “First” decides all of its orders first." in page

    def codes() -> list[str]:
        draft = queries.draft_of("default")
        assert draft is not None
        return [rule.code if rule.on else f"({rule.code})" for rule in draft.document.rules]

    client.post(f"{HOME}draft/rules/second/move/", {"deed": "up"})
    assert codes() == ["second", "first"]
    client.post(f"{HOME}draft/rules/second/move/", {"deed": "switch"})
    assert codes() == ["(second)", "first"]
    shown = client.get(f"{HOME}draft/rules/first/")
    assert 'value="200"' in _text(shown)
    edit = str(queries.draft_of("default").edit)  # type: ignore[union-attr]
    fields = {**DEAR, "edit": edit, "name": "First", "circles-INITIAL_FORMS": "2",
              "circles-TOTAL_FORMS": "2", "circles-1-DELETE": "on"}  # fmt: skip
    client.post(f"{HOME}draft/rules/first/", fields)
    (_, first) = queries.draft_of("default").document.rules  # type: ignore[union-attr]
    assert len(first.circles) == 1
    stale = client.post(f"{HOME}draft/rules/first/", fields)
    assert (stale.status_code, "Somebody changed this draft" in _text(stale)) == (422, True)
    wrong = client.post(f"{HOME}draft/new-rule/", {**DEAR, "edit": "5", "value_below": "1"})
    assert wrong.status_code == 422
    client.post(f"{HOME}draft/rules/second/move/", {"deed": "remove"})
    assert codes() == ["first"]
    client.post(f"{HOME}draft/discard/")
    assert queries.draft_of("default") is None
    del retailer


def test_a_strategy_is_followed_piloted_and_rolled_back(retailer: Retailer) -> None:
    client = sign_in(Role.ADMINISTRATOR)
    made = client.post("/console/new-strategy/", {"name": "Éco", "like": "default"}, follow=True)
    assert "Draft of version 1" in _text(made)
    home = "/console/strategies/eco/"
    client.post(f"{home}activate/", {"edit": "1"})
    client.post(f"{home}follow/", {"channel": "web"})
    assert queries.strategy_use().channels == {"web": "eco"}
    page = _text(client.get("/console/strategies/"))
    assert "version 1 in force" in page
    client.post(f"{home}follow/", {"channel": "web", "leave": "1"})
    assert queries.strategy_use().channels == {}
    refused = client.post(f"{home}pilot/", {}, follow=True)
    assert "a pilot is for a part of the orders" in _text(refused)
    running = client.post(f"{home}pilot/", {"share": "20"}, follow=True)
    assert "20 % of the orders" in _text(running)
    client.post(f"{home}pilot/", {"end": "1"})
    assert queries.strategy_use().pilots == ()
    client.post(f"{home}draft/open/")
    defaults = {"name": "Éco", "nothing_fits": "queue", "edit": "1", "parcels": "1",
                **{f"weight_of_{name}": "1" for name in WEIGHTS}}  # fmt: skip
    saved = client.post(f"{home}draft/defaults/", defaults, follow=True)
    assert "all in one parcel" in _text(saved)
    assert "let it wait for stock" in _text(saved)
    at = {"edit": "2", "at": "2099-01-01T00:00"}
    planned = _text(client.post(f"{home}activate/", at, follow=True))
    assert "takes force at its moment" in planned
    client.post(f"{home}activate/", {"edit": "2", "withdraw": "1"})
    client.post(f"{home}activate/", {"edit": "2"})
    back = client.post(f"{home}versions/1/roll-back/", {"note": "no"}, follow=True)
    assert "Version 1 is in force again, as version 3." in _text(back)
    del retailer


WEIGHTS = (
    "freight", "handling", "delay_per_line_day", "late_per_line_day", "extra_parcel",
    "distance_per_km", "co2_per_kg", "capacity", "scarcity", "unpickable_unit", "ageing", "owner",
)  # fmt: skip


def test_who_may_only_look_changes_nothing(retailer: Retailer) -> None:
    client = sign_in(Role.CUSTOMER_SERVICE)
    page = _text(client.get(HOME))
    assert "Change it" not in page
    for path in ("draft/open/", "follow/", "pilot/", "activate/", "versions/1/roll-back/"):
        assert client.post(f"{HOME}{path}").status_code == 403, path
    assert sign_in(Role.MERCHANT, organisations=["nord"]).get(HOME).status_code == 403
    del retailer

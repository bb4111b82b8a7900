"""A rule is made, tried on an order and put into force, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from chaland.access.types import Role
from tests.processes import Server
from tests.retailer import Retailer
from tests.screens import PASSWORD, make_person

WORDS = {
    "fr": {
        "change": "La modifier",
        "add": "Ajouter une règle",
        "save": "Ajouter la règle",
        "said": "Quand le panier vaut 10 ou plus",
        "tried": "Règle : Par le magasin",
        "differs": "serait servie autrement",
        "down": "Descendre Par le magasin",
        "activate": "Activer…",
        "now": "Activer",
        "done": "La version 2 est en vigueur.",
    },
    "en": {
        "change": "Change it",
        "add": "Add a rule",
        "save": "Add the rule",
        "said": "When the basket is worth 10 or more",
        "tried": "Rule: Par le magasin",
        "differs": "would be served differently",
        "down": "Move Par le magasin down",
        "activate": "Activate…",
        "now": "Activate",
        "done": "Version 2 is in force.",
    },
}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_rule_is_made_tried_and_activated(
    page: Page, server: Server, retailer: Retailer, language: str
) -> None:
    del server
    words = WORDS[language]
    order = retailer.place({"LAMP": 1})
    page.goto("/")
    page.fill("input[name=login]", make_person(Role.OPERATIONS))
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/console/"))
    page.wait_for_load_state("networkidle")

    page.goto("/console/strategies/default/")
    page.get_by_role("button", name=words["change"]).click()
    page.get_by_role("link", name=words["add"]).click()
    page.fill("#id_name", "Par le magasin")
    page.fill("#id_value_least", "10")
    page.fill("#id_circles-0-locations", "SHOP-PARIS")
    page.keyboard.press("Enter")  # what is typed becomes a tick; the form is not sent
    expect(page.locator("input[name=circles-0-locations][value=SHOP-PARIS]")).to_be_checked()
    page.get_by_role("button", name=words["save"]).click()
    expect(page.locator(".strategy-rule").first).to_contain_text(words["said"])
    expect(page.get_by_role("button", name=words["down"])).to_be_disabled()

    page.fill("#try-order", order["external_id"])
    page.keyboard.press("Enter")
    expect(page.locator("#try")).to_contain_text(words["tried"])
    expect(page.locator("#try")).to_contain_text(words["differs"])
    page.get_by_role("button", name=words["activate"]).click()
    expect(page.locator("dialog#activate")).to_be_visible()
    page.locator("dialog#activate").get_by_role("button", name=words["now"], exact=True).click()
    expect(page.locator("#messages")).to_contain_text(words["done"])
    assert retailer.client.get("/strategies/default").body["in_force"] == 2

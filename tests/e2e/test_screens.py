"""What people do with the screens, in a real browser, in both languages."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from chaland.access.types import Role
from tests.processes import Server
from tests.retailer import Retailer
from tests.screens import PASSWORD, make_person, pickup, pickup_code, release, state_of

WORDS = {
    "fr": {
        "sign_in": "Se connecter",
        "tower": "Tour de contrôle",
        "accept": "Accepter et prélever",
        "unknown": "n’est pas dans la commande",
        "picked": "Tout est prélevé",
        "ready": "Au comptoir : prévenir le client",
        "find": "Chercher",
        "hand_over": "Remettre",
        "handed": "est remise",
        "headline": "Votre commande est prête",
        "cancel": "Annuler…",
        "cancel_units": "Annuler ces unités",
        "cancelled": "Les unités sont annulées",
    },
    "en": {
        "sign_in": "Sign in",
        "tower": "Control tower",
        "accept": "Accept and pick",
        "unknown": "is not in the order",
        "picked": "Everything picked",
        "ready": "At the counter: tell the customer",
        "find": "Find",
        "hand_over": "Hand over",
        "handed": "is handed over",
        "headline": "Your order is ready",
        "cancel": "Cancel…",
        "cancel_units": "Cancel these units",
        "cancelled": "The units are cancelled",
    },
}


def _sign_in(page: Page, words: dict[str, str], role: Role, **limits: Any) -> None:
    email = make_person(role, **limits)
    page.goto("/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name=words["sign_in"], exact=True).click()
    page.wait_for_url(re.compile(r"/(console|store)/"))


def _scan(page: Page, code: str) -> None:
    """Do what a scanner does: type the code and press Enter."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_agent_finds_an_order_and_cancels_it(
    page: Page, server: Server, retailer: Retailer, language: str
) -> None:
    del server
    words = WORDS[language]
    order, _other = retailer.place({"LAMP": 2}), retailer.place({"CHAIR": 1})
    _sign_in(page, words, Role.CUSTOMER_SERVICE)
    expect(page.get_by_role("heading", level=1)).to_have_text(words["tower"])
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"

    page.goto("/console/orders/")
    expect(page.locator("#found tbody tr")).to_have_count(2)
    page.fill("#id_q", order["external_id"])
    expect(page.locator("#found tbody tr")).to_have_count(1)
    page.locator("a.row-link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(order["external_id"])
    page.get_by_role("button", name=words["cancel"]).click()
    expect(page.locator("dialog#cancel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog#cancel")).to_be_hidden()
    page.get_by_role("button", name=words["cancel"]).click()
    page.get_by_role("button", name=words["cancel_units"]).click()
    expect(page.locator("#messages")).to_contain_text(words["cancelled"])
    assert retailer.client.get(f"/orders/{order['id']}").body["state"] == "cancelled"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_associate_carries_an_order_to_the_hand_over(
    page: Page, server: Server, retailer: Retailer, language: str
) -> None:
    del server
    words = WORDS[language]
    _sign_in(page, words, Role.STORE_ASSOCIATE, organisations=["group"], locations=["SHOP-PARIS"])
    expect(page.locator(".job")).to_have_count(0)
    (job,) = release(retailer, pickup(retailer, LAMP=2, CHAIR=1))
    page.locator(".job-link").click()  # it comes by itself
    page.get_by_role("button", name=words["accept"]).click()

    expect(page.locator("#scan")).to_be_focused()
    _scan(page, "NOTHING")
    expect(page.locator("#scan-said")).to_contain_text(words["unknown"])
    _scan(page, "LAMP")
    page.reload()  # the connection comes and goes: what was counted stays counted
    expect(page.locator("[data-codes='LAMP'] input")).to_have_value("1")
    _scan(page, "lamp")
    expect(page.get_by_role("button", name=words["picked"])).to_be_hidden()
    page.locator("[data-codes='CHAIR'] [data-step='1']").tap()
    page.get_by_role("button", name=words["picked"]).click()
    page.get_by_role("button", name=words["ready"]).click()
    page.wait_for_url("**/store/SHOP-PARIS/*")
    assert state_of(retailer, job) == "ready"

    code = pickup_code(job)
    page.goto("/store/SHOP-PARIS/?view=counter")
    expect(page.locator("#code")).to_be_focused()
    _scan(page, code.lower())
    expect(page.locator("#code")).to_have_value(code)
    page.get_by_role("button", name=words["hand_over"]).click()
    expect(page.locator("#messages")).to_contain_text(words["handed"])
    assert state_of(retailer, job) == "collected"


def test_a_customer_follows_the_link_and_changes_the_language(
    page: Page, server: Server, retailer: Retailer, language: str
) -> None:
    del server
    order = pickup(retailer, LAMP=1)
    (job,) = release(retailer, order)
    for action in ("accept", "pick", "ready"):
        assert retailer.client.post(f"/fulfilment-orders/{job}/{action}").status == 200
    page.goto(order["tracking_url"])
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(WORDS[language]["headline"])
    expect(page.locator(".pickup-code .code")).to_be_visible()
    other = "en" if language == "fr" else "fr"
    page.locator(f".languages button[value={other}]").click()
    expect(heading).to_have_text(WORDS[other]["headline"])


def test_no_screen_is_wider_than_a_phone(
    page: Page, server: Server, retailer: Retailer, language: str
) -> None:
    order = retailer.place({"LAMP": 1, "CHAIR": 4})
    _sign_in(page, WORDS[language], Role.ADMINISTRATOR)
    paths = (
        "/console/",
        "/console/orders/",
        f"/console/orders/{order['id']}/",
        "/console/stock/",
        "/console/stock/LAMP/",
        "/console/stock/LAMP/ledger/",
        "/console/rules/",
        "/console/new-rule/",
        "/console/counts/",
        "/console/accuracy/",
        "/console/feeds/",
        "/console/sites/",
        "/console/sites/WH/",
        "/console/webhooks/",
        "/console/keys/",
        "/console/audit/",
        "/store/",
        "/store/SHOP-PARIS/",
        "/store/SHOP-PARIS/counts/",
        "/accounts/2fa/",
        order["tracking_url"],
    )
    for other in ("fr", "en"):
        page.context.add_cookies([{"name": "chaland_language", "value": other, "url": server.url}])
        for path in paths:
            page.goto(path)
            expect(page.locator("html")).to_have_attribute("lang", other)
            widths = page.evaluate(
                "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
            )
            assert widths[0] <= widths[1], path


def test_an_associate_counts_a_shelf_although_the_connection_breaks(
    page: Page, server: Server, retailer: Retailer, language: str
) -> None:
    del server, language
    body = {"location": "SHOP-PARIS", "kind": "list", "skus": ["LAMP"], "blind": True}
    count = retailer.client.post("/stock/counts", body).body["id"]
    limits: dict[str, Any] = {"organisations": ["group"], "locations": ["SHOP-PARIS"]}
    _sign_in(page, WORDS["fr"], Role.STORE_ASSOCIATE, **limits)
    page.goto(f"/store/SHOP-PARIS/counts/{count}/")
    expect(page.locator("#scan")).to_be_focused()
    number = page.locator("[data-sku='LAMP'] input[type=number]")
    page.route("**/scans/", lambda route: route.fulfill(status=204))  # an answer that is none
    for _ in range(9):
        _scan(page, "lamp")
    expect(number).to_have_value("9")
    expect(page.locator("[data-finish]")).to_be_disabled()
    page.reload()  # what was scanned is still on the device
    expect(number).to_have_value("9")
    page.unroute("**/scans/")
    sync = page.locator("[data-sync]")  # it tries again every five seconds
    expect(sync).not_to_have_class(re.compile("sync-waiting"), timeout=15_000)
    page.locator("[data-opens=finish]").click()
    page.locator("[data-finish]").click()
    page.wait_for_load_state()
    expect(page.locator("#messages")).to_contain_text("tel que vous l’avez trouvé")
    assert retailer.client.get(f"/stock/counts/{count}").body["state"] == "approved"

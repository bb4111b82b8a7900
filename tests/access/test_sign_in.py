"""People sign in with a password and a second factor, through allauth and our pages."""

import re
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.test import Client

from chaland.access.operations import create_user
from chaland.access.types import Role
from chaland.kernel.actor import SYSTEM
from chaland.kernel.clock import now

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"
EMAIL = "ann@example.com"
PASSWORD = "a barge full of barley"


@pytest.fixture
def browser(db: None) -> Client:
    """Give a browser of somebody who has an account and has not signed in."""
    del db
    create_user(
        email=EMAIL,
        display_name="Ann",
        role=Role.OPERATIONS,
        password=PASSWORD,
        now=now(),
        actor=SYSTEM,
    )
    return Client()


def sign_in(browser: Client, password: str = PASSWORD) -> Any:
    return browser.post(LOGIN, {"login": EMAIL, "password": password})


def signed_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def code_of(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(secret, counter)))


def test_the_right_password_opens(browser: Client) -> None:
    assert browser.get(LOGIN).status_code == 200
    assert sign_in(browser).status_code == 302
    assert signed_in(browser)


def test_a_wrong_password_does_not(browser: Client) -> None:
    assert sign_in(browser, "a barge full of oats").status_code == 200
    assert not signed_in(browser)


def test_nobody_signs_up(browser: Client) -> None:
    form = {"email": "eve@example.com", "password1": PASSWORD, "password2": PASSWORD}
    response = browser.post("/accounts/signup/", form)
    assert b"eve@example.com" not in response.content
    assert not signed_in(browser)
    assert (
        browser.post(LOGIN, {"login": "eve@example.com", "password": PASSWORD}).status_code == 200
    )
    assert not signed_in(browser)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    "path",
    [
        "/accounts/login/",
        "/accounts/password/reset/",
        "/accounts/password/change/",
        "/accounts/2fa/",
        "/accounts/2fa/totp/activate/",
        "/accounts/logout/",
    ],
)
def test_each_page_opens_in_both_languages(browser: Client, path: str, language: str) -> None:
    if path != LOGIN:
        sign_in(browser)
    browser.cookies["chaland_language"] = language
    response = browser.get(path, follow=True)
    assert response.status_code == 200
    assert f'<html lang="{language}"' in response.content.decode()


def test_a_forgotten_password_is_replaced_by_mail(browser: Client) -> None:
    browser.post("/accounts/password/reset/", {"email": EMAIL.upper()})
    [message] = mail.outbox
    assert message.to == [EMAIL]
    link = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", str(message.body))
    assert link is not None
    page = browser.get(link[1], follow=True)
    new = "two barges full of barley"
    browser.post(page.request["PATH_INFO"], {"password1": new, "password2": new})
    assert sign_in(Client(), new).status_code == 302


def test_a_second_factor_is_asked_for_and_recovery_codes_replace_it(browser: Client) -> None:
    sign_in(browser)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = browser.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    activated = browser.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert activated.status_code == 302, activated.content
    codes = re.findall(
        r"\b[a-f0-9]{8}\b", browser.get("/accounts/2fa/recovery-codes/").content.decode()
    )
    assert len(codes) == 10

    second = Client()
    assert sign_in(second).headers["Location"].startswith("/accounts/2fa/authenticate/")
    assert not signed_in(second)
    second.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert not signed_in(second)
    second.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    assert signed_in(second)

    third = Client()
    sign_in(third)
    third.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    assert not signed_in(third), "a recovery code works once"


def test_many_wrong_passwords_are_slowed_down(browser: Client) -> None:
    for _attempt in range(12):
        sign_in(browser, "wrong")
    sign_in(browser)
    assert not signed_in(browser)

"""A real browser on a running server, with the small retailer in its database."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.processes import Processes, Server
from tests.retailer import Retailer

STOCK = {"LAMP": {"WH": 9, "SHOP-PARIS": 9}, "CHAIR": {"WH": 9, "SHOP-PARIS": 2}}


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Start one browser for all tests; without its sandbox, which root may not use.

    Playwright keeps an event loop in this thread until it stops, and Django would take every
    query of a test for one from inside it.
    """
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def retailer(processes: Processes) -> Retailer:
    """Write the small retailer."""
    del processes  # it makes the database's transactions real
    return Retailer.build(STOCK)


@pytest.fixture
def server(processes: Processes, retailer: Retailer) -> Server:
    """Serve the screens."""
    del retailer  # it is there before the first request
    return processes.serve(threads=8)


@pytest.fixture
def language() -> str:
    """Read French, unless the test says otherwise."""
    return "fr"


@pytest.fixture
def page(browser: Browser, server: Server, language: str) -> Iterator[Page]:
    """Open a phone's browser; fail the test if a page logs an error."""
    context = browser.new_context(
        base_url=server.url,
        viewport={"width": 390, "height": 844},
        has_touch=True,
        locale="fr-FR" if language == "fr" else "en-GB",
    )
    context.set_default_timeout(15_000)
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on(
        "console", lambda message: errors.append(message.text) if message.type == "error" else None
    )
    yield opened
    context.close()
    assert not errors

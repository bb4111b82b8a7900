"""Take the pictures of the README from a demo of its own: `make screenshots`.

Starts `chaland demo` in a folder that is thrown away, lets it live for a while, photographs each
screen in English at the width of a desk and of a phone, and writes small PNG files to docs/images.
"""

import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).resolve().parent / "images"
DESK = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 780}
START_SECONDS = 300.0
LIVE_SECONDS = 20.0
SPEED = "200"
MOST_LOOKED_AT = 40
ENOUGH_RIVALS = 4
FEW_LINES = 2
ENOUGH_PRODUCTS = 30
FITS_A_PHONE = 4


def main() -> None:
    """Take every picture; exits with a message when there is no browser."""
    browser_path = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if browser_path is None:
        sys.exit("No Chromium found: install one, for instance Debian's package chromium.")
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, _demo(Path(folder)) as address:
        people = json.loads((Path(folder) / "demo.json").read_text())["people"]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=browser_path, args=["--no-sandbox"]
            )
            operations = next(person for person in people if person["role"] == "operations")
            _photograph(browser, address, operations)
            browser.close()


@contextmanager
def _demo(folder: Path) -> Iterator[str]:
    """Run a demo in *folder* and give its address once it has lived a little."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = "from chaland.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", command, "demo", "--port", str(port), "--speed", SPEED],
        env={**os.environ, "CHALAND_DATA": str(folder)},
        stdout=sys.stderr,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(process, address)
        time.sleep(LIVE_SECONDS)
        yield address
    finally:
        process.terminate()
        process.wait(60)


def _wait_until_ready(process: "subprocess.Popen[bytes]", address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"{address}/readyz", timeout=5).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.5)
        else:
            return
    sys.exit("The demo did not start.")


def _photograph(browser: Browser, address: str, person: dict[str, str]) -> None:
    page = browser.new_context(base_url=address, viewport=DESK, locale="en-GB").new_page()  # type: ignore[arg-type]  # a plain dict
    page.goto("/accounts/login/")
    page.fill("input[name=login]", person["email"])
    page.fill("input[name=password]", person["password"])
    page.locator("form.fields button[type=submit]").click()
    page.wait_for_url("**/console/")
    order, tracking = _interesting_order(page), _ready_to_collect(page)
    shop = _busiest_shop(page)
    product = _interesting_product(page)
    for path, name, height in (
        ("/console/", "control-tower", 900),
        (order, "order", 1400),
        (product, "product", 1100),
    ):
        _take(page, path, name, {**DESK, "height": height})
        _take(page, path, f"{name}-phone", PHONE)
    _take_rule(page)
    _take(page, "/console/accuracy/", "accuracy", {**DESK, "height": 1000})
    _take(page, shop, "store", PHONE)
    _take(page, _open_count(page), "counting", PHONE)
    _take(page, tracking, "tracking", PHONE)


def _take(page: Page, path: str, name: str, size: dict[str, int]) -> None:
    page.set_viewport_size(size)  # type: ignore[arg-type]  # a plain dict
    page.goto(path)
    _keep(page, name)


def _take_rule(page: Page) -> None:
    """Photograph a rule while somebody tries a larger amount."""
    page.set_viewport_size({**DESK, "height": 1000})  # type: ignore[typeddict-item]  # a plain dict
    page.goto("/console/rules/jouets-de-noel/")
    page.wait_for_load_state("networkidle")
    page.fill("#id_units", "6")
    page.locator(".effect-channel").first.wait_for()
    page.locator("h1").click()  # the field gives the focus up
    _keep(page, "rule")


def _keep(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    file = IMAGES / f"{name}.png"
    file.write_bytes(_squeezed(page.screenshot()))
    sys.stderr.write(f"{file.name}: {file.stat().st_size // 1024} KiB\n")


def _orders(page: Page, query: str) -> list[str]:
    page.goto(f"/console/orders/?{query}")
    links = page.locator("a.row-link").all()
    return [link.get_attribute("href") or "" for link in links[:MOST_LOOKED_AT]]


def _interesting_order(page: Page) -> str:
    """Find an order for which several sites were weighed; else any that is under way."""
    found = _orders(page, "state=in_progress&method=ship") or _orders(page, "")
    for path in found:
        page.goto(path)
        rivals = page.locator(".decision[open] .choice-table tbody tr").count()
        lines = page.locator("section:has(#lines-title) tbody tr").count()
        if rivals >= ENOUGH_RIVALS and lines <= FEW_LINES:
            return path
    return found[0]


def _interesting_product(page: Page) -> str:
    """Find a toy or a fragile article of which a rule withholds units; else any."""
    page.goto("/console/stock/?q=enfants&channel=marketplace-fr")
    links = page.locator("a.row-link").all()[:ENOUGH_PRODUCTS]
    paths = [link.get_attribute("href") or "" for link in links]
    best, most = "/console/stock/", -1
    for path in paths:
        page.goto(path)
        reasons = page.locator(".places .small:not(.soft)").count()
        withheld = page.locator(".places .share-withheld").count()
        if page.locator(".coming > li").count() and most < withheld + reasons:
            best, most = path, withheld + reasons
    return best if most >= 0 else paths[0]


def _open_count(page: Page) -> str:
    """Find a count that waits in Lyon."""
    page.goto("/store/magasin-lyon/counts/")
    return page.locator(".job-link").first.get_attribute("href") or ""


def _ready_to_collect(page: Page) -> str:
    """Find the customer's page of an order that waits at a counter; else of any."""
    address = ""
    for path in _orders(page, "method=pickup&state=in_progress") or _orders(page, ""):
        page.goto(path)
        address = page.locator("a[href^='/t/']").first.get_attribute("href") or address
        if page.locator(".fulfilment:not(.fulfilment-past) .badge-good").count():
            break
    return address


def _busiest_shop(page: Page) -> str:
    """Find the list with most to prepare that is no warehouse's."""
    page.goto("/store/")
    busy = page.locator(".shop-choice:has(.badge)").all()
    paths = [choice.get_attribute("href") or "" for choice in busy]
    best, most = paths[0], -1
    for path in paths:
        page.goto(path)
        work, new = page.locator(".job").count(), page.locator(".job form").count()
        if work <= FITS_A_PHONE and most < work + new:
            best, most = path, work + new
    return best


def _squeezed(png: bytes) -> bytes:
    """Return the same picture, compressed as well as PNG allows, without what no reader needs."""
    head, chunks, pixels = png[:8], [], b""
    position = len(head)
    while position < len(png):
        (length,) = struct.unpack(">I", png[position : position + 4])
        kind = png[position + 4 : position + 8]
        body = png[position + 8 : position + 8 + length]
        if kind == b"IDAT":
            pixels += body
        elif kind in {b"IHDR", b"IEND"}:
            chunks.append((kind, body))
        position += length + 12
    start, end = chunks
    packed = zlib.compress(zlib.decompress(pixels), 9)
    return head + b"".join(_chunk(*item) for item in (start, (b"IDAT", packed), end))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


if __name__ == "__main__":
    main()

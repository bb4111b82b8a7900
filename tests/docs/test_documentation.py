"""What the documentation says is still so."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import chaland
from chaland.accuracy.states import COUNT_TRANSITIONS
from chaland.feeds.states import RUN
from chaland.fulfilment.states import FULFILMENT_TRANSITIONS
from chaland.kernel.events import DomainEvent
from chaland.orders.states import ORDER_TRANSITIONS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "src").rglob("README.md"),
]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
VARIABLE = re.compile(r'"((?:CHALAND_[A-Z_]+)|DATABASE_URL)"')
SET_BY_US = {
    "CHALAND_GATHER",
    "CHALAND_SERVER_PID",
    "CHALAND_THREADS",
    "CHALAND_VERSION",
    "CHALAND_REQUIRE_BROWSER",
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    pictures = ROOT / "docs" / "images"
    for target in LINK.findall(page.read_text("utf-8")):
        if "://" in target:
            continue
        path = (page.parent / target).resolve()
        assert path.exists() or path.parent == pictures, f"{page.name} links to {target}"


def test_states_are_drawn_as_they_are() -> None:
    page = (ROOT / "docs/reference/states.md").read_text("utf-8")
    assert ORDER_TRANSITIONS.as_mermaid() in page
    assert COUNT_TRANSITIONS.as_mermaid() in page
    assert FULFILMENT_TRANSITIONS.as_mermaid() in page
    assert RUN.as_mermaid() in page


def event_types() -> set[str]:
    """Return the names of all events that the rooms can tell."""
    for room in pkgutil.iter_modules(chaland.__path__):
        name = f"chaland.{room.name}.events"
        if importlib.util.find_spec(name) is not None:
            importlib.import_module(name)

    def below(kind: type[DomainEvent]) -> set[type[DomainEvent]]:
        return {kind}.union(*(below(child) for child in kind.__subclasses__()))

    return {
        kind.TYPE
        for kind in below(DomainEvent)
        if vars(kind).get("TYPE") and inspect.getmodule(kind).__name__.startswith("chaland.")  # type: ignore[union-attr]
    }


def test_every_event_is_described_and_none_is_invented() -> None:
    page = (ROOT / "docs/reference/events.md").read_text("utf-8")
    described = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", page))
    assert described == event_types()


def test_every_setting_is_described_and_none_is_invented() -> None:
    page = (ROOT / "docs/reference/settings.md").read_text("utf-8")
    described = set(re.findall(r"`((?:CHALAND_[A-Z_]+)|DATABASE_URL)`", page))
    used = {
        name
        for path in (ROOT / "src").rglob("*.py")
        for name in VARIABLE.findall(path.read_text("utf-8"))
    }
    smtp = {name for name in used if name.startswith("CHALAND_SMTP_")}
    assert described - smtp == used - smtp - SET_BY_US
    assert "CHALAND_SMTP_HOST" in described

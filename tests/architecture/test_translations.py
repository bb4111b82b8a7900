"""Every word on a screen exists in French, and what is compiled is what was written."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

SOURCE = Path(__file__).resolve().parents[2] / "src" / "chaland"
CATALOGUES = sorted(SOURCE.glob("*/locale/*/LC_MESSAGES/django.po"))


def written(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def texts(catalogue: Catalog, *, fuzzy: bool) -> dict[object, object]:
    return {
        (_forms(message.id), _text(message.context)): _forms(message.string)
        for message in catalogue
        if message.id and message.string and (fuzzy or not message.fuzzy)
    }


def name(path: Path) -> str:
    return "/".join(path.relative_to(SOURCE).parts[:3])


def test_there_are_catalogues() -> None:
    assert CATALOGUES


@pytest.mark.parametrize("path", CATALOGUES, ids=name)
def test_everything_is_translated(path: Path) -> None:
    missing = [
        message.id
        for message in written(path)
        if message.id and (message.fuzzy or not all(_forms(message.string)))
    ]
    assert not missing, f"{len(missing)} without a translation: {missing[:10]}"


@pytest.mark.parametrize("path", CATALOGUES, ids=name)
def test_what_is_compiled_is_what_was_written(path: Path) -> None:
    compiled = path.with_suffix(".mo")
    assert compiled.exists(), f"{compiled.name} is missing: run make messages"
    with compiled.open("rb") as file:
        found = texts(read_mo(file), fuzzy=True)
    assert found == texts(written(path), fuzzy=False), "out of date: run make messages"


def _forms(string: object) -> tuple[object, ...]:
    return tuple(string) if isinstance(string, tuple | list) else (string,)


def _text(context: str | bytes | None) -> str | None:
    """Babel gives a context as it stands in a compiled file, in bytes."""
    return context.decode() if isinstance(context, bytes) else context

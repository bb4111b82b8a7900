"""Settings are read as they are meant, and the wrong one is named."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from chaland.config import environment

LOAD = "from django.conf import settings; settings.DEBUG; print(settings.ALLOWED_HOSTS)"


@pytest.mark.parametrize(("text", "expected"), [("1", True), ("Yes", True), ("off", False)])
def test_a_flag(monkeypatch: pytest.MonkeyPatch, text: str, *, expected: bool) -> None:
    monkeypatch.setenv("CHALAND_X", text)
    assert environment.flag("CHALAND_X", default=not expected) is expected


def test_what_is_neither_yes_nor_no_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHALAND_X", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="CHALAND_X must be yes or no"):
        environment.flag("CHALAND_X", default=True)


@pytest.mark.parametrize("text", ["-1", "many", "0", "1.5"])
def test_a_number_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("CHALAND_X", text)
    with pytest.raises(ImproperlyConfigured, match="CHALAND_X must be a whole number from 1 up"):
        environment.number("CHALAND_X", 5, least=1)


def test_a_secret_is_made_once_and_kept_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CHALAND_SECRET_KEY")
    folder = tmp_path / "data"
    first = environment.secret_key(folder)
    assert len(first) > 60
    assert environment.secret_key(folder) == first
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["secret_key"]
    monkeypatch.setenv("CHALAND_SECRET_KEY", "given")
    assert environment.secret_key(folder) == "given"


def load_settings(tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Load the settings in a process of its own, with these variables and no other of ours."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("CHALAND_", "DATABASE_"))}
    return subprocess.run(
        [sys.executable, "-c", LOAD],
        env={**kept, "CHALAND_DATA": str(tmp_path), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_laptop_needs_no_setting(tmp_path: Path) -> None:
    result = load_settings(tmp_path)
    assert result.returncode == 0, result.stderr
    assert "127.0.0.1" in result.stdout


def test_production_wants_to_know_its_hosts(tmp_path: Path) -> None:
    result = load_settings(tmp_path, CHALAND_ENV="production")
    assert "CHALAND_ALLOWED_HOSTS" in result.stderr
    result = load_settings(
        tmp_path, CHALAND_ENV="production", CHALAND_ALLOWED_HOSTS="oms.example, oms2.example"
    )
    assert result.stdout == "['oms.example', 'oms2.example']\n"


def test_an_unknown_environment_is_refused(tmp_path: Path) -> None:
    assert "CHALAND_ENV must be" in load_settings(tmp_path, CHALAND_ENV="staging").stderr


def test_a_wrong_database_url_is_refused(tmp_path: Path) -> None:
    assert "postgresql://" in load_settings(tmp_path, DATABASE_URL="mysql://x/y").stderr

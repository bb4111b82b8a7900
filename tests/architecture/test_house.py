"""The house stands as it was drawn: contracts, private modules, files that say what they are."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from chaland.config import rooms
from tests.architecture.floor_plan import violations

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE = REPOSITORY / "src"

PLANTED = {
    # file to plant: (its text, what must be said about it)
    "kernel/planted_up.py": (
        "from chaland.database import revision\n",
        "chaland.kernel.planted_up -> chaland.database.revision",
    ),
    "kernel/planted_django.py": (
        "import django.conf\n",
        "chaland.kernel.planted_django -> django",
    ),
    "database/planted_up.py": (
        "import chaland.web\n",
        "chaland.database.planted_up -> chaland.web",
    ),
    "network/planted_beside.py": (
        "import chaland.catalog.queries\n",
        "chaland.network.planted_beside -> chaland.catalog",
    ),
    "inventory/rules/__init__.py": (
        "from django.db import models\n",
        "chaland.inventory.rules -> django",
    ),
    "attic/__init__.py": ("", "chaland.attic"),
}


def lint_imports(source: Path, *, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Check the import contracts of pyproject.toml on the sources in `source`."""
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    arguments = ["--config", str(REPOSITORY / "pyproject.toml"), "--no-cache", "--no-logo"]
    return subprocess.run(
        [sys.executable, "-c", command, *arguments],
        env={**os.environ, "PYTHONPATH": str(source), "COLUMNS": "200"},
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Copy the sources, to spoil them."""
    skip = shutil.ignore_patterns("__pycache__", "static", "locale", "templates")
    shutil.copytree(SOURCE, tmp_path / "src", ignore=skip)
    return tmp_path / "src"


def test_import_contracts_hold(tmp_path: Path) -> None:
    result = lint_imports(SOURCE, cwd=tmp_path)
    assert result.returncode == 0, result.stdout


def test_planted_imports_are_caught(copy: Path, tmp_path: Path) -> None:
    for path, (text, _) in PLANTED.items():
        target = copy / "chaland" / path
        if target.parent.name == "rules":
            target.parent.with_suffix(".py").unlink(missing_ok=True)
            shutil.rmtree(target.parent, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    result = lint_imports(copy, cwd=tmp_path)
    assert result.returncode != 0
    said = " ".join(result.stdout.split())
    missed = [message for _, message in PLANTED.values() if message not in said]
    assert not missed, result.stdout


def test_every_room_keeps_to_its_floor_plan() -> None:
    found = violations(SOURCE)
    assert not found, "\n".join(map(str, found))


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("orders/planted.py", "from chaland.inventory.models import Position\n", "private"),
        ("orders/planted.py", "from chaland.inventory import rules\n", "private"),
        ("orders/planted.py", "import chaland.inventory.states\n", "private"),
        ("orders/planted.py", "from ..inventory import models\n", "private"),
        (
            "orders/planted.py",
            "from django.apps import apps\napps.get_model('inventory', 'Position')\n",
            "registry",
        ),
        ("orders/operations/planted.py", "from datetime import datetime\ndatetime.now()\n", "now"),
        ("orders/rules/planted.py", "import time\ntime.time()\n", "now"),
        ("orders/planted.py", "from django.db.models.signals import post_save\n", "signals"),
        ("orders/planted.py", "from django.dispatch import receiver\n", "signals"),
        ("orders/utils.py", "", "says nothing"),
        ("orders/planted.py", "x = 1\n" * 401, "401 lines"),
    ],
)
def test_a_planted_break_of_the_floor_plan_is_caught(
    tmp_path: Path, path: str, text: str, said: str
) -> None:
    target = tmp_path / "chaland" / path
    target.parent.mkdir(parents=True)
    target.write_text(text)
    (found,) = violations(tmp_path)
    assert said in found.what
    assert found.path == f"chaland/{path}"


def test_what_a_room_may_do_is_not_taken_for_a_break(tmp_path: Path) -> None:
    target = tmp_path / "chaland" / "orders" / "operations.py"
    target.parent.mkdir(parents=True)
    target.write_text(
        "from chaland.orders.models import Order\n"
        "from chaland.orders import rules\n"
        "from .states import TRANSITIONS\n"
        "from chaland.inventory.operations import reserve\n"
        "from chaland.inventory.queries import positions\n"
    )
    assert violations(tmp_path) == []


def test_every_room_is_known_and_introduces_itself() -> None:
    folders = {
        path.name for path in (SOURCE / "chaland").iterdir() if (path / "__init__.py").exists()
    }
    assert folders - set(rooms.ROOMS) == {"kernel", "config", "cli"}
    silent = [
        name for name in sorted(folders) if not (SOURCE / "chaland" / name / "README.md").exists()
    ]
    assert not silent, f"no README.md in: {', '.join(silent)}"


@pytest.mark.django_db
def test_no_model_has_changed_without_its_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=1)

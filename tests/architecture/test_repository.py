"""What is in the repository names no machine, no registry and nothing that is not locked."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.txt", "requirements-dev.txt")

# Written in two pieces, so that this file does not name them either.
HOSTS = ("py" + "pi.org", "python" + "hosted", "registry.npm" + "js", "deb.deb" + "ian")
PLACES = ("/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "/Us" + "ers/", "/fa" + "rm/")


def tracked_files() -> list[Path]:
    """List the files that are in the repository or would be added to it."""
    if not (REPOSITORY / ".git").exists() or shutil.which("git") is None:
        pytest.skip("the sources are not in a git repository here")
    # The sources may belong to another account than the one that checks them.
    trust = ["-c", "safe.directory=*"]
    command = ["git", *trust, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return [REPOSITORY / name for name in listed.stdout.split("\0") if name]


def test_no_tracked_file_names_a_registry_or_a_place_on_a_machine() -> None:
    forbidden = re.compile("|".join(map(re.escape, HOSTS + PLACES)))
    found: list[str] = []
    for path in tracked_files():
        if not path.is_file():
            continue  # deleted, and not committed yet
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(REPOSITORY)}:{number}: {line.strip()[:120]}"
            for number, line in enumerate(text.splitlines(), start=1)
            if forbidden.search(line)
        ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address_and_pins_all_by_hash(name: str) -> None:
    text = (REPOSITORY / name).read_text()
    assert not re.search(r"://|file:|^-", text, re.MULTILINE)
    entries = text.replace("\\\n", " ").splitlines()
    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9._-]+(\[[a-z,-]+\])?==[^ ]+ ", entry), entry
        assert "--hash=sha256:" in entry, entry


def test_the_runtime_lock_is_part_of_the_whole_lock() -> None:
    runtime, everything = (pins(name) for name in LOCKS)
    assert runtime.items() <= everything.items()


def test_every_dependency_is_locked_in_a_version_that_is_allowed() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    runtime, everything = (pins(name) for name in LOCKS)
    for text in project["project"]["dependencies"]:
        wanted = Requirement(text)
        assert runtime[canonicalize_name(wanted.name)] in wanted.specifier
    for text in project["dependency-groups"]["dev"] + project["build-system"]["requires"]:
        wanted = Requirement(text)
        assert everything[canonicalize_name(wanted.name)] in wanted.specifier


def pins(name: str) -> dict[str, str]:
    """Read `{name: version}` from a lock."""
    text = (REPOSITORY / name).read_text()
    found = re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;]+)", text, re.MULTILINE)
    return dict(found)


def test_the_licence_is_told_the_same_everywhere() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert project["license"] == "EUPL-1.2"
    text = (REPOSITORY / "LICENSE").read_text()
    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    for article in range(1, 16):
        assert re.search(rf"^{article}\.", text, re.MULTILINE), f"article {article} is missing"
    assert text.rstrip().endswith("require the production of a new EUPL version.")

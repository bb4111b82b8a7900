"""Reads the sources and says where a room breaks the rules of the house.

Import contracts know modules; these rules are finer: whose `models`, `rules` and `states` are
private, where the clock may not be read, what no module may be called.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PRIVATE = frozenset({"models", "rules", "states"})
WITHOUT_CLOCK = frozenset({"rules", "operations", "states", "learning"})
CLOCKS = frozenset(
    {
        "datetime.now",
        "datetime.utcnow",
        "datetime.today",
        "date.today",
        "timezone.now",
        "timezone.localdate",
        "timezone.localtime",
        "time.time",
        "time.time_ns",
    }
)
NAMELESS = frozenset({"utils", "util", "common", "base", "helpers", "misc", "signals"})
LONGEST = 400


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: where, and what."""

    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


def violations(source: Path) -> list[Violation]:
    """Check every module below `source`, the folder that holds the package `chaland`."""
    found: list[Violation] = []
    for path in sorted((source / "chaland").rglob("*.py")):
        module = path.relative_to(source).with_suffix("").parts
        if "migrations" in module:
            continue
        tree = ast.parse(path.read_text(), filename=str(path))
        where = str(path.relative_to(source))
        checks = (_private_imports, _borrowed_models, _clock_calls, _signals)
        found += [
            Violation(where, line, what) for check in checks for line, what in check(module, tree)
        ]
        found += [Violation(where, line, what) for line, what in _names_and_length(module, path)]
    return found


def _room(module: tuple[str, ...]) -> str:
    return module[1] if len(module) > 1 else ""


def _imports(module: tuple[str, ...], tree: ast.Module) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the full dotted name of everything that is imported, names of modules or not."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, tuple(alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            start: tuple[str, ...] = ()
            if node.level:  # relative: a package's __init__ counts as a module inside it
                start = module[: len(module) - node.level]
            if node.module:
                start += tuple(node.module.split("."))
            for alias in node.names:
                yield node.lineno, (*start, alias.name)


def _private_imports(module: tuple[str, ...], tree: ast.Module) -> Iterator[tuple[int, str]]:
    for line, name in _imports(module, tree):
        if len(name) < 3 or name[0] != "chaland" or name[1] == _room(module):
            continue
        if name[2] in PRIVATE:
            yield line, f"imports {'.'.join(name)}, which is private to {name[1]}"


def _borrowed_models(module: tuple[str, ...], tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Find `get_model("orders", …)` in another room: the same import by another door."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and _called(node).endswith("get_model") and node.args):
            continue
        label = node.args[0]
        if isinstance(label, ast.Constant) and isinstance(label.value, str):
            room = label.value.split(".")[0]
            if room != _room(module):
                yield node.lineno, f"takes a model of {room} from the registry"


def _clock_calls(module: tuple[str, ...], tree: ast.Module) -> Iterator[tuple[int, str]]:
    if not WITHOUT_CLOCK & set(module[2:]):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ".".join(_called(node).split(".")[-2:])
            if called in CLOCKS:
                yield node.lineno, f"calls {called}(): pass the time in as `now`"


def _signals(module: tuple[str, ...], tree: ast.Module) -> Iterator[tuple[int, str]]:
    for line, name in _imports(module, tree):
        if name[:3] == ("django", "db", "models") and "signals" in name:
            yield line, "imports model signals: write an operation, or react to an event"
        elif name[:2] == ("django", "dispatch"):
            yield line, "imports Django's signals: react to an event instead"


def _names_and_length(module: tuple[str, ...], path: Path) -> Iterator[tuple[int, str]]:
    for nameless in NAMELESS.intersection(module):
        yield 1, f"is called {nameless}, which says nothing: name it for what it holds"
    length = len(path.read_text().splitlines())
    if length > LONGEST:
        yield length, f"has {length} lines: make it a package of the same name ({LONGEST} at most)"


def _called(node: ast.Call) -> str:
    """Write the called thing as it stands in the source: `timezone.now`."""
    parts: list[str] = []
    target: ast.expr = node.func
    while isinstance(target, ast.Attribute):
        parts.append(target.attr)
        target = target.value
    if isinstance(target, ast.Name):
        parts.append(target.id)
    return ".".join(reversed(parts))

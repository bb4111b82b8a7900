"""Read settings from environment variables, and say clearly which one is wrong."""

import os
import secrets
from decimal import Decimal, InvalidOperation
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off", ""})


def text(name: str, default: str = "") -> str:
    """Read a string, stripped."""
    return os.environ.get(name, default).strip()


def flag(name: str, *, default: bool) -> bool:
    """Read a yes or no. Raises `ImproperlyConfigured` for anything else."""
    value = os.environ.get(name)
    if value is None:
        return default
    if value.strip().lower() in TRUE:
        return True
    if value.strip().lower() in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be yes or no, not {value!r}")


def number(name: str, default: int, *, least: int = 0) -> int:
    """Read a whole number of at least `least`. Raises `ImproperlyConfigured` for anything else."""
    value = text(name)
    if not value:
        return default
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(f"{name} must be a whole number from {least} up, not {value!r}")
    return int(value)


def amount(name: str, default: str) -> Decimal:
    """Read an amount of at least 0. Raises `ImproperlyConfigured` for anything else."""
    value = text(name) or default
    try:
        read = Decimal(value)
    except InvalidOperation:
        read = Decimal(-1)
    if not read.is_finite() or read < 0:
        raise ImproperlyConfigured(f"{name} must be an amount from 0 up, not {value!r}")
    return read


def words(name: str, default: list[str]) -> list[str]:
    """Read a list separated by commas."""
    value = os.environ.get(name)
    if value is None:
        return default
    return [word.strip() for word in value.split(",") if word.strip()]


def data_folder() -> Path:
    """Say where this installation keeps its data: `CHALAND_DATA`, else `.chaland` right here."""
    return Path(text("CHALAND_DATA") or ".chaland").expanduser().absolute()


def secret_key(folder: Path) -> str:
    """Read `CHALAND_SECRET_KEY`, or the key kept in `folder`, which is made at first use.

    The file can be read by its owner only. When two processes start together, the first to write
    wins and the other uses that key.
    """
    if key := text("CHALAND_SECRET_KEY"):
        return key
    path = folder / "secret_key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".secret_key.{os.getpid()}.{secrets.token_hex(4)}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(64))
        try:
            path.hardlink_to(draft)  # all or nothing: nobody reads a key half written
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()

"""The room's set-based statements, one ``.sql`` file each, to be read and explained."""

from functools import cache
from importlib.resources import files


@cache
def load(name: str) -> str:
    """Return the text of ``<name>.sql``, read once."""
    return files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")

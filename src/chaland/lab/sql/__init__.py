"""Long SQL lives in the `.sql` files beside this module."""

from functools import cache
from importlib.resources import files


@cache
def load(name: str) -> str:
    """Return the text of ``<name>.sql``."""
    return files(__package__).joinpath(f"{name}.sql").read_text("utf-8")

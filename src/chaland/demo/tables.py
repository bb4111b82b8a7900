"""Read the tables that describe the retailer; they are files of the package, written for it."""

import csv
from functools import cache
from importlib import resources


@cache
def read_table(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of ``data/<name>.csv``, each a column → text mapping."""
    text = resources.files("chaland.demo").joinpath("data", f"{name}.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))

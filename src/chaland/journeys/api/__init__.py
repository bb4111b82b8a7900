"""The routes of the use cases: every module of this package that has a ``router`` is mounted."""

import importlib
import pkgutil

from ninja import Router

routers: list[tuple[str, Router]] = [
    (getattr(module, "prefix", ""), module.router)
    for module in (
        importlib.import_module(f"{__name__}.{found.name}")
        for found in pkgutil.iter_modules(__path__)
    )
    if hasattr(module, "router")
]
"""Pairs of prefix and router, in the order of the modules' names."""

"""The routes of the use cases: every module of this package that has a ``router`` is mounted."""

import importlib
import pkgutil

from ninja import Router

from chaland.web.quick import QuickRoute

modules = [
    importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)
]
_by_identity = {
    id(module.router): (getattr(module, "prefix", ""), module.router)
    for module in modules
    if hasattr(module, "router")
}
routers: list[tuple[str, Router]] = list(_by_identity.values())
"""Pairs of prefix and router; a router that several modules share is there once."""

quick_routes: dict[tuple[str, str], QuickRoute] = {
    address: route
    for module in modules
    for address, route in getattr(module, "quick_routes", {}).items()
}
"""Routes that the server answers without the framework, by method and path."""

"""The REST API: one NinjaAPI, to which every room's router is added."""

from functools import cache
from types import ModuleType

from ninja import NinjaAPI, Router

from chaland.config import rooms

API_ROOT = "api/v1/"

DESCRIPTION = """
One stock, one promise, one order, across every shop, warehouse, supplier and marketplace.

Sign in with `Authorization: Bearer <key>`. Send an `Idempotency-Key` with each POST: the same key
and body get the same answer. Errors are problem+json with a stable `code`.
"""


@cache
def build_api() -> NinjaAPI:
    """Make the API with the routes of every room that has an `api` module."""
    from chaland.access.authentication import authenticate
    from chaland.web import problems

    api = NinjaAPI(
        title="Chaland",
        version="1",
        description=DESCRIPTION.strip(),
        auth=authenticate,
        docs_url=None,
        openapi_url=None,
        urls_namespace="api",
    )
    problems.install(api)
    for _, module in rooms.modules("api"):
        for prefix, router in routers_of(module):
            api.add_router(prefix, router)
    return api


def routers_of(module: ModuleType) -> list[tuple[str, Router]]:
    """Read what a room's `api` module offers: `routers`, or one `router` with its `prefix`."""
    several: list[tuple[str, Router]] | None = getattr(module, "routers", None)
    if several is not None:
        return several
    return [(getattr(module, "prefix", ""), module.router)]

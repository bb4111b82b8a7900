"""Routes of the availability room."""

from ninja import Router

from chaland.availability.api import availability

router = Router(tags=["Stock"])
for module in (availability,):
    router.add_router("", module.router)

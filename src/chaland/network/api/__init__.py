"""Routes of the network room."""

from ninja import Router

from chaland.network.api import channels, groups, locations, organisations, places

router = Router(tags=["Network"])
for module in (organisations, locations, groups, channels, places):
    router.add_router("", module.router)

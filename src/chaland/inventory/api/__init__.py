"""Routes of the inventory room."""

from ninja import Router

from chaland.inventory.api import stock

router = Router(tags=["Stock"])
for module in (stock,):
    router.add_router("", module.router)

"""Routes of the inventory room."""

from ninja import Router

from chaland.inventory.api import stock, supply

router = Router(tags=["Stock"])
for module in (stock, supply):
    router.add_router("", module.router)

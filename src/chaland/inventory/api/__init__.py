"""Routes of the inventory room."""

from ninja import Router

from chaland.inventory.api import history, stock, supply

router = Router(tags=["Stock"])
for module in (stock, history, supply):
    router.add_router("", module.router)

"""Routes of the inventory room."""

from ninja import Router

from chaland.inventory.api import history, lots, stock, supply, whole

router = Router(tags=["Stock"])
for module in (stock, history, supply, whole, lots):
    router.add_router("", module.router)

"""Routes of the room."""

from ninja import Router

from chaland.backorders.api import future_sales, outlook, promises

router = Router(tags=["Stock"])
for module in (outlook, future_sales, promises):
    router.add_router("", module.router)

"""Routes of the promise room."""

from ninja import Router

from chaland.promise.api import delivery_prices, rate_cards, services

router = Router(tags=["Promises"])
for module in (services, rate_cards, delivery_prices):
    router.add_router("", module.router)

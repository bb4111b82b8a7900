"""Routes of the promise room."""

from ninja import Router

from chaland.promise.api import delivery_prices, rate_cards, services, terms

router = Router(tags=["Promises"])
for module in (services, rate_cards, delivery_prices, terms):
    router.add_router("", module.router)

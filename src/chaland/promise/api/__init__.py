"""Routes of the promise room."""

from ninja import Router

from chaland.promise.api import delivery_prices, rate_cards, reliability, services, terms

router = Router(tags=["Promises"])
for module in (services, rate_cards, delivery_prices, terms, reliability):
    router.add_router("", module.router)

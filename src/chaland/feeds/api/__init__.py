"""Routes of the feeds room."""

from ninja import Router

from chaland.feeds.api import feeds, messages, quarantine, reconciliations, runs, uploads

router = Router(tags=["Stock"])
for module in (feeds, messages, uploads, runs, quarantine, reconciliations):
    router.add_router("", module.router)

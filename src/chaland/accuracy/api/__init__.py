"""Routes of the accuracy room."""

from ninja import Router

from chaland.accuracy.api import counts, figures, policies

router = Router(tags=["Counts"])
for module in (counts, policies, figures):
    router.add_router("", module.router)

"""Routes of the availability room."""

from ninja import Router

from chaland.availability.api import displays, explanations, export, near, reading, stock_rules
from chaland.availability.api.quick import read_availability_quickly

router = Router(tags=["Stock"])
for module in (reading, near, export, displays, explanations, stock_rules):
    router.add_router("", module.router)

quick_readers = {"/api/v1/stock/availability": read_availability_quickly}
"""GETs that the server answers without the framework, by path."""

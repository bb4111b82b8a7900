"""The inventory room as a Django app."""

from django.apps import AppConfig


class InventoryConfig(AppConfig):
    """Positions, reservations, ledger."""

    name = "chaland.inventory"
    label = "inventory"

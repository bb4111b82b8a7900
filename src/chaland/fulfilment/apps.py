"""The room as Django knows it."""

from django.apps import AppConfig


class FulfilmentConfig(AppConfig):
    """Fulfilment orders, parcels, handovers."""

    name = "chaland.fulfilment"
    label = "fulfilment"

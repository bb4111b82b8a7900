"""The room as Django knows it."""

from django.apps import AppConfig


class BackordersConfig(AppConfig):
    """Stock over time, back-orders and pre-orders."""

    name = "chaland.backorders"
    label = "backorders"

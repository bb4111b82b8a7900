"""The room as Django knows it."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Orders and their lines."""

    name = "chaland.orders"
    label = "orders"

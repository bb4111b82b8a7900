"""The room as Django knows it."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """Personal data, sealed."""

    name = "chaland.customers"
    label = "customers"

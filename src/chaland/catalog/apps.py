"""The room as Django knows it."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """SKUs, bar codes and kits."""

    name = "chaland.catalog"
    label = "catalog"

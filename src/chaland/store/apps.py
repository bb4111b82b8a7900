"""The room as Django knows it."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """The store app's screens."""

    name = "chaland.store"
    label = "store"

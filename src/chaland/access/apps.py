"""The room as a Django app."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Users, keys and the audit log."""

    name = "chaland.access"
    label = "access"

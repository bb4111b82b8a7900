"""The room as Django knows it."""

from django.apps import AppConfig


class PromiseConfig(AppConfig):
    """Carriers, their services, and when goods arrive."""

    name = "chaland.promise"
    label = "promise"

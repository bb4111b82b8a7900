"""The room as Django knows it."""

from django.apps import AppConfig


class SourcingConfig(AppConfig):
    """Strategies and decisions."""

    name = "chaland.sourcing"
    label = "sourcing"

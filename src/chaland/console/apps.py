"""The room as Django knows it."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """The console's screens, and the look that all screens share."""

    name = "chaland.console"
    label = "console"

"""The room as Django knows it."""

from django.apps import AppConfig


class LabConfig(AppConfig):
    """Periods lived through again, in memory, under another strategy or network."""

    name = "chaland.lab"
    label = "lab"

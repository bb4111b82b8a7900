"""The room as Django knows it."""

from django.apps import AppConfig


class JourneysConfig(AppConfig):
    """Use cases that cross rooms; no tables of its own."""

    name = "chaland.journeys"
    label = "journeys"

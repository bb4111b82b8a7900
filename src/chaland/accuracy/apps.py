"""The room as Django knows it."""

from django.apps import AppConfig


class AccuracyConfig(AppConfig):
    """How true the stock is: counts, drift, and the chance that a unit is really there."""

    name = "chaland.accuracy"
    label = "accuracy"

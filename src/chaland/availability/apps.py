"""The room as Django knows it."""

from django.apps import AppConfig


class AvailabilityConfig(AppConfig):
    """What each channel may sell, where, and why not more."""

    name = "chaland.availability"
    label = "availability"

"""The room as Django knows it."""

from django.apps import AppConfig


class TrackingConfig(AppConfig):
    """The customer's tracking page."""

    name = "chaland.tracking"
    label = "tracking"

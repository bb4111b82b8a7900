"""The room as Django knows it."""

from django.apps import AppConfig


class NetworkConfig(AppConfig):
    """Organisations, locations, groups, channels and postal areas."""

    name = "chaland.network"
    label = "network"

"""The room as a Django app."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Tables and conventions of the HTTP interface."""

    name = "chaland.web"
    label = "web"

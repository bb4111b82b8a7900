"""The room as a Django app."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Events, webhooks and their delivery."""

    name = "chaland.outbox"
    label = "outbox"

"""The room as Django knows it."""

from django.apps import AppConfig


class FeedsConfig(AppConfig):
    """Stock as other systems tell it: files, batches, quarantine and reconciliation."""

    name = "chaland.feeds"
    label = "feeds"

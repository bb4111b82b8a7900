"""The room as Django knows it."""

from django.apps import AppConfig


class DatabaseConfig(AppConfig):
    """PostgreSQL, revisions and checks."""

    name = "chaland.database"
    label = "database"

"""The room as Django knows it."""

from django.apps import AppConfig


class DatabaseConfig(AppConfig):
    """PostgreSQL, revisions and checks."""

    name = "chaland.database"
    label = "database"

    def ready(self) -> None:
        """Teach psycopg our arrays before the first connection is made."""
        from chaland.database import arrays

        arrays.register()

"""Column types of PostgreSQL that Django has no field for."""

from typing import Any

from django.db import models


class IdentityField(models.BigIntegerField):
    """A number that PostgreSQL counts up by itself, beside the primary key."""

    def db_type(self, connection: Any) -> str:
        """Return the column's type."""
        del connection
        return "bigint GENERATED ALWAYS AS IDENTITY"


class TransactionIdField(models.BigIntegerField):
    """The 64-bit id of the transaction that wrote the row."""

    def db_type(self, connection: Any) -> str:
        """Return the column's type."""
        del connection
        return "xid8"

    def from_db_value(self, value: str | None, *_: Any) -> int | None:
        """Read the number; the driver gives it as text."""
        return None if value is None else int(value)


class SnapshotField(models.TextField):
    """Which transactions had ended at a moment: ``xmin:xmax:xip_list``."""

    def db_type(self, connection: Any) -> str:
        """Return the column's type."""
        del connection
        return "pg_snapshot"

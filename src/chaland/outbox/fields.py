"""Column types of PostgreSQL that Django has no field for."""

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    _Number = models.BigIntegerField[int, int]
    _Text = models.TextField[str | None, str | None]
else:
    _Number = models.BigIntegerField
    _Text = models.TextField


class IdentityField(_Number):
    """A number that PostgreSQL counts up by itself, beside the primary key."""

    def db_type(self, connection: Any) -> str:
        """Return the column's type."""
        del connection
        return "bigint GENERATED ALWAYS AS IDENTITY"


class TransactionIdField(_Number):
    """The 64-bit id of the transaction that wrote the row."""

    def db_type(self, connection: Any) -> str:
        """Return the column's type."""
        del connection
        return "xid8"

    def from_db_value(self, value: str | None, *_: Any) -> int | None:
        """Read the number; the driver gives it as text."""
        return None if value is None else int(value)


class SnapshotField(_Text):
    """Which transactions had ended at a moment: ``xmin:xmax:xip_list``."""

    def db_type(self, connection: Any) -> str:
        """Return the column's type."""
        del connection
        return "pg_snapshot"

"""Tables of the database room."""

from django.db import models


class Revision(models.Model):
    """A counter per kind of reference data, raised by each change.

    A process keeps a snapshot of reference data (locations, calendars, prices, keys) in memory as
    long as its revision stays the same.
    """

    name = models.TextField(primary_key=True)
    revision = models.BigIntegerField(default=0)

    class Meta:
        db_table = "database_revision"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(revision__gte=0), name="database_revision_not_negative"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.revision}"

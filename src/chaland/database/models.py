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


class CacheEntry(models.Model):
    """What Django's cache keeps: counts of sign-in attempts, the same for every process.

    The columns are those that Django's database cache expects.
    """

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField()

    class Meta:
        db_table = "database_cache"
        indexes = (models.Index(fields=["expires"], name="database_cache_expires"),)

    def __str__(self) -> str:
        return self.cache_key

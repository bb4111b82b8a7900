"""What counts found unchanged, and what other systems have booked."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Confirmation(models.Model):
    """Positions of a SKU that a source counted as of a moment; most counts change nothing.

    A million positions that were found as expected are told by a few thousand rows, and none of
    them is locked or written: how far a position is counted is the latest of its own
    ``counted_as_of`` and its confirmations.
    """

    id = models.BigAutoField(primary_key=True)
    sku = models.ForeignKey(
        "catalog.Sku",
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    source = models.TextField()
    as_of = models.DateTimeField()
    location_ids = ArrayField(models.IntegerField())

    class Meta:
        indexes = (models.Index(fields=["sku"], name="inventory_confirmation_sku"),)


class Acknowledgement(models.Model):
    """At ``known_at`` a source had booked what a cause (a fulfilment order, a transfer) moved."""

    id = models.BigAutoField(primary_key=True)
    source = models.TextField()
    cause_id = models.TextField()
    known_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["source", "cause_id"], name="inventory_acknowledgement_once"
            ),
        )

"""Every count in the ledger, with what the record said: what accuracy is worked out from."""

from django.db import models


class Counted(models.Model):
    """A count that became the stock; ``id`` is that of its line in the ledger.

    ``record`` is what was expected at that moment; ``unit_cost`` what one unit cost when the count
    was read.
    """

    id = models.BigIntegerField(primary_key=True)
    sku = models.ForeignKey(
        "catalog.Sku", models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    location = models.ForeignKey(
        "network.Location", models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    counted_at = models.DateTimeField()
    record = models.IntegerField()
    counted = models.IntegerField()
    source = models.TextField()
    reason = models.TextField()
    unit_cost = models.DecimalField(max_digits=12, decimal_places=4, null=True)

    class Meta:
        db_table = "accuracy_counted"
        indexes = (
            models.Index(fields=["counted_at"], name="accuracy_counted_at"),
            models.Index(fields=["location", "counted_at"], name="accuracy_counted_location"),
        )

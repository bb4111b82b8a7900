"""How much of which SKU is where: the only row of the room that is updated often."""

from django.db import models
from django.db.models import F, Q


class Position(models.Model):
    """Units of a SKU at a location: ``available = on_hand - unavailable - reserved``."""

    pk = models.CompositePrimaryKey("sku_id", "location_id")
    sku = models.ForeignKey(
        "catalog.Sku", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    location = models.ForeignKey("network.Location", on_delete=models.PROTECT, related_name="+")
    on_hand = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)
    unavailable = models.IntegerField(default=0)
    incoming = models.IntegerField(default=0)
    counted_as_of = models.DateTimeField(
        null=True, help_text="the last absolute count holds all that happened before this moment"
    )
    version = models.BigIntegerField(default=1)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(on_hand__gte=0), name="inventory_position_on_hand_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(reserved__gte=0), name="inventory_position_reserved_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(unavailable__gte=0), name="inventory_position_unavailable_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(incoming__gte=0), name="inventory_position_incoming_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(on_hand__gte=F("reserved") + F("unavailable")),
                name="inventory_position_never_oversold",
            ),
        )

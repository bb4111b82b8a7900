"""Units kept for order lines."""

from django.db import models
from django.db.models import F, Q


class Reservation(models.Model):
    """Units kept at a location for an order line until they are issued or released."""

    id = models.UUIDField(primary_key=True)
    sku = models.ForeignKey(
        "catalog.Sku",
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    location = models.ForeignKey(
        "network.Location",
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    quantity = models.IntegerField()
    issued = models.IntegerField(default=0)
    released = models.IntegerField(default=0)
    channel = models.ForeignKey(
        "network.Channel",
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    in_quota = models.BooleanField(
        default=False, db_default=False, help_text="its units count in the channel's quota"
    )
    order_id = models.UUIDField()
    order_line_id = models.UUIDField()
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="inventory_reservation_quantity_positive"
            ),
            models.CheckConstraint(
                condition=Q(issued__gte=0, released__gte=0),
                name="inventory_reservation_settled_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=F("issued") + F("released"), closed_at__isnull=True)
                | Q(quantity=F("issued") + F("released"), closed_at__isnull=False),
                name="inventory_reservation_closed_when_settled",
            ),
        )
        indexes = (
            models.Index(fields=["order_id"], name="inventory_reservation_order"),
            models.Index(
                fields=["sku", "location"],
                condition=Q(closed_at__isnull=True),
                name="inventory_reservation_open",
            ),
        )

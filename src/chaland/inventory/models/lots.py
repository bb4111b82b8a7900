"""Lots and serial numbers, of the SKUs that are followed by them."""

from django.db import models
from django.db.models import F, Q

from chaland.inventory.types import SerialState


class Lot(models.Model):
    """Units of a lot at a location: the sum of the ledger's lines that name it.

    Units of a position that are in none of its lots are of a lot that nobody knows.
    """

    pk = models.CompositePrimaryKey("sku_id", "location_id", "lot")
    sku = models.ForeignKey(
        "catalog.Sku", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    location = models.ForeignKey(
        "network.Location", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    lot = models.TextField()
    expires_on = models.DateField(null=True, help_text="the last day on which it may be sold")
    on_hand = models.IntegerField()
    expired = models.IntegerField(default=0, help_text="of on hand: unavailable because expired")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(expired__gte=0, on_hand__gte=F("expired")),
                name="inventory_lot_not_negative",
            ),
        )
        indexes = (
            models.Index(fields=["sku", "lot"], name="inventory_lot_recall"),
            models.Index(
                fields=["expires_on"],
                condition=Q(on_hand__gt=F("expired"), expires_on__isnull=False),
                name="inventory_lot_expiry",
            ),
        )


class Serial(models.Model):
    """A unit with a serial number: where it is, and with which order it left."""

    pk = models.CompositePrimaryKey("sku_id", "serial")
    sku = models.ForeignKey(
        "catalog.Sku", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    serial = models.TextField()
    location = models.ForeignKey(
        "network.Location",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="where it is, or was last",
    )
    state = models.TextField()
    cause_id = models.TextField(default="", help_text="public id of what brought it here or away")
    order_id = models.UUIDField(null=True)
    presumed = models.BooleanField(default=False)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=[str(state) for state in SerialState]),
                name="inventory_serial_state_known",
            ),
        )
        indexes = (
            models.Index(
                fields=["sku", "location", "changed_at"],
                condition=Q(state__in=["in_stock", "unavailable"]),
                name="inventory_serial_place",
            ),
            models.Index(
                fields=["cause_id"],
                condition=Q(state="in_transit"),
                name="inventory_serial_transit",
            ),
        )

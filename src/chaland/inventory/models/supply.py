"""Goods that are on their way."""

from django.db import models
from django.db.models import F, Q

from chaland.inventory.types import SupplyKind, SupplyState

_CLOSED = ["received", "cancelled"]


class Supply(models.Model):
    """A line of a purchase order, or of a transfer between two locations.

    What is open of it and has left is part of its destination's ``incoming``.
    """

    id = models.UUIDField(primary_key=True)
    kind = models.TextField()
    source = models.TextField()
    reference = models.TextField()
    line = models.TextField(default="")
    sku = models.ForeignKey(
        "catalog.Sku", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    destination = models.ForeignKey(
        "network.Location", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    origin = models.ForeignKey(
        "network.Location", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    supplier = models.ForeignKey(
        "network.Organisation",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    quantity = models.IntegerField()
    received = models.IntegerField(default=0)
    damaged = models.IntegerField(default=0, help_text="of the received")
    cancelled = models.IntegerField(default=0)
    lost = models.IntegerField(default=0, help_text="dispatched and never arrived")
    state = models.TextField()
    expected_at = models.DateTimeField()
    dispatched_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    version = models.IntegerField(default=1)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["source", "reference", "line"], name="inventory_supply_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[str(kind) for kind in SupplyKind]),
                name="inventory_supply_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[str(state) for state in SupplyState]),
                name="inventory_supply_state_known",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, received__gte=0, cancelled__gte=0, lost__gte=0)
                & Q(damaged__gte=0, damaged__lte=F("received")),
                name="inventory_supply_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(kind="purchase", origin__isnull=True, lost=0)
                | (
                    Q(kind="transfer", origin__isnull=False)
                    & ~Q(origin=F("destination"))
                    & Q(quantity__gte=F("received") + F("cancelled") + F("lost"))
                ),
                name="inventory_supply_conserves_units",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=_CLOSED,
                    closed_at__isnull=False,
                    quantity__lte=F("received") + F("cancelled") + F("lost"),
                )
                | (
                    ~Q(state__in=_CLOSED)
                    & Q(
                        closed_at__isnull=True,
                        quantity__gt=F("received") + F("cancelled") + F("lost"),
                    )
                ),
                name="inventory_supply_closed_when_settled",
            ),
        )
        indexes = (
            models.Index(
                fields=["sku", "destination"],
                condition=Q(closed_at__isnull=True),
                name="inventory_supply_open",
            ),
            models.Index(
                fields=["expected_at"],
                condition=Q(closed_at__isnull=True),
                name="inventory_supply_due",
            ),
            models.Index(fields=["destination", "id"], name="inventory_supply_destination"),
            models.Index(
                fields=["origin", "id"],
                condition=Q(origin__isnull=False),
                name="inventory_supply_origin",
            ),
            models.Index(fields=["sku", "id"], name="inventory_supply_sku"),
        )

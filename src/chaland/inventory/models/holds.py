"""Units kept for baskets, for a while."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from chaland.inventory.types import HoldOutcome


class Hold(models.Model):
    """Units of a position kept for a basket until it is paid, given up, or too old.

    One row per basket and position. What belongs to the basket (channel, reference, who may use it,
    when it ends) is the same on all of its rows: they are written together, and a second table
    would double what a hold costs.
    """

    pk = models.CompositePrimaryKey("basket_id", "sku_id", "location_id")
    basket_id = models.UUIDField()
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
    channel = models.ForeignKey(
        "network.Channel",
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    quantity = models.IntegerField()
    in_quota = models.BooleanField(default=False)
    reference = models.TextField(default="", help_text="the channel's own name of the basket")
    organisation_ids = ArrayField(
        models.IntegerField(), null=True, help_text="whose stock its maker may sell; null for all"
    )
    ttl_seconds = models.IntegerField(help_text="how long an activity keeps it")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    outcome = models.TextField(null=True)
    order_id = models.UUIDField(null=True, help_text="the order that it was converted into")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="inventory_hold_quantity_positive"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, outcome__isnull=True)
                | Q(
                    closed_at__isnull=False,
                    outcome__isnull=False,
                    outcome__in=[str(item) for item in HoldOutcome],
                ),
                name="inventory_hold_closed_with_outcome",
            ),
            models.CheckConstraint(
                condition=Q(order_id__isnull=True)
                | Q(outcome__isnull=False, outcome=str(HoldOutcome.CONVERTED)),
                name="inventory_hold_order_only_converted",
            ),
        )
        indexes = (
            models.Index(
                fields=["expires_at"],
                condition=Q(closed_at__isnull=True),
                name="inventory_hold_due",
            ),
        )

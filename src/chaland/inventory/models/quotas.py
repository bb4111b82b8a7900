"""Units that other channels must leave to one."""

from django.db import models
from django.db.models import Q


class Quota(models.Model):
    """What a channel was granted of a position, and how much of it the channel has used.

    ``used`` rises with each unit that the channel reserves or holds there, and falls when one is
    given back to sale or returned by a customer. ``used + refilled`` is what the channel's
    reservations and open holds that count here have taken, so that the account can be proved.
    Rows are never deleted: a quota that ends is granted 0.
    """

    pk = models.CompositePrimaryKey("sku_id", "location_id", "channel_id")
    sku = models.ForeignKey(
        "catalog.Sku", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    location = models.ForeignKey(
        "network.Location", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    channel = models.ForeignKey(
        "network.Channel", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    granted = models.IntegerField()
    used = models.IntegerField(default=0)
    refilled = models.IntegerField(default=0, help_text="returned, or forgiven by a new start")
    rule = models.TextField(default="", help_text="code of the rule that granted it")
    updated_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(granted__gte=0), name="inventory_quota_granted_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(used__gte=0, refilled__gte=0), name="inventory_quota_used_not_negative"
            ),
        )

"""The ledger: why each position is what it is."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from chaland.inventory.types import MovementKind, UnavailableStatus


class Movement(models.Model):
    """One line of the ledger: what changed at a position, why, by whom, and when it was true.

    Lines are only ever added (a trigger refuses anything else). Stock at a moment T is the sum of
    the lines with ``occurred_at <= T``; what was known then, of those with ``recorded_at <= T``.
    """

    id = models.BigAutoField(primary_key=True)
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
    kind = models.TextField()
    on_hand_delta = models.IntegerField(default=0)
    reserved_delta = models.IntegerField(default=0)
    unavailable_delta = models.IntegerField(default=0)
    incoming_delta = models.IntegerField(default=0)
    counted = models.IntegerField(null=True, help_text="on hand as counted, for a count")
    lot = models.TextField(null=True, help_text="of a SKU that is followed by lot")
    status = models.TextField(null=True, help_text="where unavailable units went or came from")
    reservation_id = models.UUIDField(null=True)
    cause_type = models.TextField(default="")
    cause_id = models.TextField(default="")
    source = models.TextField()
    source_ref = models.TextField(null=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    actor_kind = models.TextField()
    actor_id = models.TextField()
    reason = models.TextField(default="")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=[str(kind) for kind in MovementKind]),
                name="inventory_movement_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(unavailable_delta=0, status__isnull=True)
                | (
                    ~Q(unavailable_delta=0)
                    & Q(status__isnull=False, status__in=[str(item) for item in UnavailableStatus])
                ),
                name="inventory_movement_status_told",
            ),
            models.UniqueConstraint(
                fields=["source", "source_ref", "sku", "location"],
                condition=Q(source_ref__isnull=False),
                name="inventory_movement_message_once",
            ),
        )
        indexes = (
            models.Index(
                fields=["sku", "location", "occurred_at"], name="inventory_movement_history"
            ),
            # What was physically there at a moment: reservations leave this index alone.
            models.Index(
                fields=["occurred_at"],
                condition=~Q(on_hand_delta=0),
                name="inventory_movement_physical",
            ),
            # Why units cannot be sold: few lines say, so a SKU's statuses are read at once.
            models.Index(
                fields=["sku", "location", "status"],
                include=["unavailable_delta"],
                condition=Q(status__isnull=False),
                name="inventory_movement_statuses",
            ),
            # Which orders got a lot: most lines name none.
            models.Index(
                fields=["sku", "lot"],
                condition=Q(lot__isnull=False),
                name="inventory_movement_lot",
            ),
            models.Index(
                fields=["cause_id"], condition=~Q(cause_id=""), name="inventory_movement_cause"
            ),
        )

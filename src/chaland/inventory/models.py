"""Tables of the inventory room.

A position is the only row that is updated often; it names its SKU and location with real foreign
keys. Reservations and movements are only written for a position that exists, by the statement that
changes it, so they carry no foreign keys of their own: each would cost a look-up and a row lock per
line.
"""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from chaland.inventory.types import MovementKind, UnavailableStatus


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
            models.Index(
                fields=["cause_id"], condition=~Q(cause_id=""), name="inventory_movement_cause"
            ),
        )

"""Tables of fulfilment: constraints, no behaviour."""

from django.db import models
from django.db.models import F, Q

from chaland.fulfilment.states import WAITING
from chaland.fulfilment.types import FulfilmentMethod, FulfilmentState


class FulfilmentOrder(models.Model):
    """One site's part of an order: one location, one method, one promise."""

    id = models.UUIDField(primary_key=True, editable=False)
    order = models.ForeignKey("orders.Order", models.PROTECT, related_name="fulfilment_orders")
    # The index below begins with the location.
    location = models.ForeignKey("network.Location", models.PROTECT, db_index=False)
    method = models.TextField()
    service_code = models.TextField(null=True)
    state = models.TextField(default=FulfilmentState.PLANNED)
    sequence = models.IntegerField()
    dispatch_by = models.DateTimeField(null=True)
    promise_earliest = models.DateTimeField(null=True)
    promise_latest = models.DateTimeField(null=True)
    release_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    picked_at = models.DateTimeField(null=True)
    packed_at = models.DateTimeField(null=True)
    ready_at = models.DateTimeField(null=True)
    shipped_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    collected_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    late_after = models.DateTimeField(null=True)
    late_at = models.DateTimeField(null=True)
    refusal_reason = models.TextField(default="")
    pickup_code = models.TextField(default="")
    cost = models.DecimalField(max_digits=12, decimal_places=4)
    version = models.IntegerField(default=1)

    class Meta:
        db_table = "fulfilment_order"
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in FulfilmentState]),
                name="fulfilment_order_state",
            ),
            models.CheckConstraint(
                condition=Q(method__in=[method.value for method in FulfilmentMethod]),
                name="fulfilment_order_method",
            ),
        )
        indexes = (
            models.Index(fields=["location", "id"], name="fulfilment_order_location"),
            # What the release loop looks for every few seconds.
            models.Index(
                fields=["release_at"],
                name="fulfilment_order_due",
                condition=Q(state=FulfilmentState.PLANNED.value),
            ),
            # What the store screens and the load of each site look for: finished work is not in it.
            models.Index(
                fields=["location", "state"],
                name="fulfilment_order_waiting",
                condition=Q(
                    state__in=sorted(
                        state.value for state in WAITING if state != FulfilmentState.PLANNED
                    )
                ),
            ),
            # The next moment to be missed; empty until the site is told and once all is well.
            models.Index(
                fields=["late_after"],
                name="fulfilment_order_late_after",
                condition=Q(late_after__isnull=False),
            ),
        )


class FulfilmentLine(models.Model):
    """Units of one SKU that a site gives for one order line; a kit has one line a component."""

    id = models.UUIDField(primary_key=True, editable=False)
    fulfilment_order = models.ForeignKey(FulfilmentOrder, models.CASCADE, related_name="lines")
    order_line = models.ForeignKey("orders.OrderLine", models.PROTECT, db_index=False)
    # The reservation, whose position has the real foreign key, vouches for the SKU.
    sku = models.ForeignKey("catalog.Sku", models.PROTECT, db_index=False, db_constraint=False)
    sku_code = models.TextField()
    quantity = models.IntegerField()
    picked = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    cancelled = models.IntegerField(default=0)
    per_kit = models.IntegerField(default=1)
    reservation = models.ForeignKey("inventory.Reservation", models.PROTECT, db_index=False)

    class Meta:
        db_table = "fulfilment_line"
        constraints = (
            models.CheckConstraint(
                condition=Q(quantity__gte=1, per_kit__gte=1), name="fulfilment_line_quantity"
            ),
            models.CheckConstraint(
                condition=Q(picked__gte=0, refused__gte=0, cancelled__gte=0)
                & Q(quantity__gte=F("picked") + F("refused") + F("cancelled")),
                name="fulfilment_line_units",
            ),
        )


class Parcel(models.Model):
    """A closed parcel, from the packing table to the customer's door."""

    id = models.UUIDField(primary_key=True, editable=False)
    fulfilment_order = models.ForeignKey(FulfilmentOrder, models.CASCADE, related_name="parcels")
    service_code = models.TextField(null=True)
    tracking_number = models.TextField(default="")
    weight_grams = models.IntegerField(null=True)
    expected_at = models.DateTimeField(null=True)
    packed_at = models.DateTimeField()
    shipped_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "fulfilment_parcel"
        constraints = (
            models.CheckConstraint(
                condition=Q(weight_grams__isnull=True) | Q(weight_grams__gte=1),
                name="fulfilment_parcel_weight",
            ),
        )
        indexes = (
            # Customers ask with the carrier's number in hand.
            models.Index(
                fields=["tracking_number"],
                name="fulfilment_parcel_tracking",
                condition=~Q(tracking_number=""),
            ),
        )


class ParcelLine(models.Model):
    """Units of a fulfilment line inside a parcel."""

    pk = models.CompositePrimaryKey("parcel_id", "line_id")
    parcel = models.ForeignKey(Parcel, models.CASCADE, related_name="lines", db_index=False)
    line = models.ForeignKey(FulfilmentLine, models.CASCADE, db_index=False)
    quantity = models.IntegerField()

    class Meta:
        db_table = "fulfilment_parcel_line"
        constraints = (
            models.CheckConstraint(
                condition=Q(quantity__gte=1), name="fulfilment_parcel_line_quantity"
            ),
        )


class Handover(models.Model):
    """The moment the customer took the goods at the counter, and what proved that it was theirs."""

    fulfilment_order = models.OneToOneField(
        FulfilmentOrder, models.CASCADE, primary_key=True, related_name="handover"
    )
    at = models.DateTimeField()
    proof = models.TextField()
    actor_kind = models.TextField()
    actor_id = models.TextField()

    class Meta:
        db_table = "fulfilment_handover"

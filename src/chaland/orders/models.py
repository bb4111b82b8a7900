"""Tables of orders: constraints, no behaviour."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from chaland.orders.types import OrderMethod, OrderState

LONGEST_EXTERNAL_ID = 200


class Order(models.Model):
    """What one customer bought in one go; unique by channel and the channel's own id."""

    id = models.UUIDField(primary_key=True, editable=False)
    # The unique constraint below begins with the channel, so it needs no index of its own.
    channel = models.ForeignKey("network.Channel", models.PROTECT, db_index=False)
    external_id = models.TextField()
    content_hash = models.BinaryField()
    customer = models.ForeignKey("customers.Customer", models.PROTECT)
    customer_address = models.SmallIntegerField(default=0)
    currency = models.CharField(max_length=3)
    placed_at = models.DateTimeField()
    received_at = models.DateTimeField()
    state = models.TextField(default=OrderState.OPEN)
    method = models.TextField()
    destination_country = models.CharField(max_length=2)
    destination_postal_code = models.TextField()
    destination_latitude = models.FloatField()
    destination_longitude = models.FloatField()
    service_code = models.TextField(null=True)
    pickup_location = models.ForeignKey(
        "network.Location", models.PROTECT, null=True, db_index=False
    )
    total_amount = models.DecimalField(max_digits=12, decimal_places=2)
    shipping_amount = models.DecimalField(max_digits=12, decimal_places=2)
    promise_earliest = models.DateTimeField(null=True)
    promise_latest = models.DateTimeField(null=True)
    promise_confidence = models.FloatField(null=True)
    promise_basis = models.TextField(default="")
    note = models.TextField(default="")
    tags = ArrayField(models.TextField(), default=list)
    organisation_ids = ArrayField(models.IntegerField(), null=True)
    cancelled_reason = models.TextField(default="")
    version = models.IntegerField(default=1)

    class Meta:
        db_table = "orders_order"
        constraints = (
            models.UniqueConstraint(
                fields=["channel", "external_id"], name="orders_order_external_id"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in OrderState]),
                name="orders_order_state",
            ),
            models.CheckConstraint(
                condition=Q(method__in=[method.value for method in OrderMethod]),
                name="orders_order_method",
            ),
            models.CheckConstraint(
                condition=Q(total_amount__gte=0, shipping_amount__gte=0),
                name="orders_order_amounts",
            ),
            models.CheckConstraint(
                condition=Q(method=OrderMethod.SHIP.value) | Q(pickup_location__isnull=False),
                name="orders_order_pickup_location",
            ),
        )
        indexes = (
            # Blocked orders are few and looked at all day; the others are read newest first by id.
            models.Index(
                fields=["id"],
                name="orders_order_blocked",
                condition=Q(state=OrderState.BLOCKED.value),
            ),
        )


class OrderLine(models.Model):
    """One SKU (or kit) of an order."""

    id = models.UUIDField(primary_key=True, editable=False)
    # The unique constraint below begins with the order.
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines", db_index=False)
    line_no = models.IntegerField()
    external_line_id = models.TextField(null=True)
    sku = models.ForeignKey("catalog.Sku", models.PROTECT, db_index=False)
    sku_code = models.TextField()
    description = models.TextField(default="")
    quantity = models.IntegerField()
    cancelled = models.IntegerField(default=0)
    shipped = models.IntegerField(default=0)
    unit_price = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        db_table = "orders_line"
        constraints = (
            models.UniqueConstraint(fields=["order", "line_no"], name="orders_line_number"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=1_000_000), name="orders_line_quantity"
            ),
            models.CheckConstraint(
                condition=Q(cancelled__gte=0, shipped__gte=0)
                & Q(quantity__gte=F("cancelled") + F("shipped")),
                name="orders_line_units",
            ),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="orders_line_price"),
        )

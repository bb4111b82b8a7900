"""Tables of the room."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from chaland.backorders.types import (
    LONGEST_HORIZON_DAYS,
    MOST_UNITS,
    BackorderState,
    FutureSaleKind,
)
from chaland.kernel.codes import CODE_PATTERN

_KINDS = [str(kind) for kind in FutureSaleKind]


def _codes() -> "ArrayField[list[str], list[str]]":
    return ArrayField(models.TextField(), default=list)


class FutureSale(models.Model):
    """What channels may promise of goods that are not there; scopes are codes."""

    id = models.AutoField(primary_key=True)
    code = models.TextField(unique=True)
    name = models.TextField()
    kind = models.TextField()
    channels = _codes()
    categories = _codes()
    tags = _codes()
    skus = _codes()
    limit = models.IntegerField(null=True)
    needs_supply = models.BooleanField(default=True)
    horizon_days = models.IntegerField(default=90)
    not_before = models.DateField(null=True)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    priority = models.IntegerField(default=100)
    active = models.BooleanField(default=True)
    version = models.IntegerField(default=1)
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "backorders_future_sale"
        constraints = (
            models.CheckConstraint(
                condition=Q(code__regex=CODE_PATTERN), name="backorders_future_sale_code"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=_KINDS), name="backorders_future_sale_kind"
            ),
            models.CheckConstraint(
                condition=Q(limit__isnull=True) | Q(limit__range=(1, MOST_UNITS)),
                name="backorders_future_sale_limit",
            ),
            models.CheckConstraint(
                condition=Q(horizon_days__range=(1, LONGEST_HORIZON_DAYS)),
                name="backorders_future_sale_horizon",
            ),
        )


class Backorder(models.Model):
    """Units promised before they are there; they wait until they are filled or given up."""

    id = models.UUIDField(primary_key=True)
    channel = models.ForeignKey("network.Channel", on_delete=models.PROTECT, related_name="+")
    sku = models.ForeignKey(
        "catalog.Sku", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reference = models.TextField()
    quantity = models.IntegerField()
    kind = models.TextField()
    sale = models.TextField(help_text="code of the future sale that allowed it")
    due = models.DateField(null=True)
    state = models.TextField(default=BackorderState.OPEN.value)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "backorders_backorder"
        constraints = (
            models.UniqueConstraint(
                fields=("channel", "reference", "sku"), name="backorders_backorder_once"
            ),
            models.CheckConstraint(
                condition=Q(quantity__range=(1, MOST_UNITS)), name="backorders_backorder_quantity"
            ),
            models.CheckConstraint(condition=Q(kind__in=_KINDS), name="backorders_backorder_kind"),
            models.CheckConstraint(
                condition=Q(state=BackorderState.OPEN, closed_at__isnull=True)
                | Q(
                    state__in=(BackorderState.FILLED, BackorderState.CANCELLED),
                    closed_at__isnull=False,
                ),
                name="backorders_backorder_closed",
            ),
        )
        indexes = (
            models.Index(
                fields=("sku", "channel"),
                condition=Q(closed_at__isnull=True),
                name="backorders_backorder_open",
            ),
        )

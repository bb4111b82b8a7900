"""Counts, their lines, and every scan as it came."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from chaland.accuracy.types import CountKind, CountState, DriftReason, LineState


class Count(models.Model):
    """Somebody shall count, or has counted, some of a location's shelves."""

    id = models.UUIDField(primary_key=True, editable=False)
    location = models.ForeignKey("network.Location", models.PROTECT, db_index=False)
    kind = models.TextField()
    state = models.TextField(default=CountState.OPEN)
    name = models.TextField(default="")
    category = models.TextField(default="")
    blind = models.BooleanField()
    freeze = models.BooleanField()
    due_on = models.DateField(null=True)
    created_at = models.DateTimeField()
    created_by = models.TextField()
    created_by_label = models.TextField()
    started_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.TextField(default="")
    submitted_by_label = models.TextField(default="")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(default="")
    closed_by_label = models.TextField(default="")
    note = models.TextField(default="")
    version = models.IntegerField(default=1)

    class Meta:
        db_table = "accuracy_count"
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=[item.value for item in CountState]),
                name="accuracy_count_state",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[item.value for item in CountKind]), name="accuracy_count_kind"
            ),
        )
        indexes = (models.Index(fields=["location", "id"], name="accuracy_count_location"),)


class CountLine(models.Model):
    """One SKU of a count.

    What was counted is kept as the scans add up since ``recount_from``. ``expected`` is what the
    record said just before ``counted_at``; ``frozen`` units are out of sale for the count.
    """

    id = models.BigAutoField(primary_key=True)
    # Of the unique constraint below, the count comes first.
    count = models.ForeignKey(Count, models.CASCADE, related_name="lines", db_index=False)
    sku = models.ForeignKey("catalog.Sku", models.PROTECT, related_name="+", db_index=False)
    place = models.IntegerField()
    state = models.TextField(default=LineState.TO_COUNT)
    why = models.JSONField(default=list)
    attempt = models.IntegerField(default=1)
    recount_from = models.DateTimeField(null=True)
    counted = models.IntegerField(null=True)
    first_scan_at = models.DateTimeField(null=True)
    counted_at = models.DateTimeField(null=True)
    counted_by = ArrayField(models.TextField(), default=list)
    counted_by_labels = ArrayField(models.TextField(), default=list)
    contradicted = models.BooleanField(default=False)
    disturbed = models.BooleanField(default=False)
    expected = models.IntegerField(null=True)
    reserved = models.IntegerField(null=True)
    frozen = models.IntegerField(default=0)
    reason = models.TextField(null=True)
    unit_cost = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(default="")
    decided_by_label = models.TextField(default="")
    note = models.TextField(default="")

    class Meta:
        db_table = "accuracy_count_line"
        constraints = (
            models.UniqueConstraint(fields=["count", "sku"], name="accuracy_count_line_sku_once"),
            models.CheckConstraint(
                condition=Q(state__in=[item.value for item in LineState]),
                name="accuracy_count_line_state",
            ),
            models.CheckConstraint(
                condition=Q(reason__isnull=True)
                | Q(reason__in=[item.value for item in DriftReason]),
                name="accuracy_count_line_reason",
            ),
            models.CheckConstraint(
                condition=Q(frozen__gte=0) & (Q(counted__isnull=True) | Q(counted__gte=0)),
                name="accuracy_count_line_not_negative",
            ),
        )
        indexes = (
            # What the worker tries again; empty most of the time.
            models.Index(
                fields=["count"],
                name="accuracy_count_line_held",
                condition=Q(state=LineState.HELD.value),
            ),
        )


class CountScan(models.Model):
    """A scan, or a number that was typed, as it came; only ever added."""

    id = models.BigAutoField(primary_key=True)
    count = models.ForeignKey(Count, models.CASCADE, related_name="scans", db_index=False)
    scan_id = models.TextField()
    sku = models.ForeignKey("catalog.Sku", models.PROTECT, related_name="+", db_index=False)
    mode = models.TextField()
    quantity = models.IntegerField()
    area = models.TextField(default="")
    counted_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    counter = models.TextField()
    counter_label = models.TextField()

    class Meta:
        db_table = "accuracy_count_scan"
        constraints = (
            models.UniqueConstraint(fields=["count", "scan_id"], name="accuracy_count_scan_once"),
            models.CheckConstraint(
                condition=Q(mode__in=["add", "set"], quantity__gte=0),
                name="accuracy_count_scan_known",
            ),
        )
        indexes = (models.Index(fields=["count", "sku"], name="accuracy_count_scan_sku"),)

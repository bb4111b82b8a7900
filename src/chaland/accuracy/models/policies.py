"""What the retailer set about counting."""

from django.db import models
from django.db.models import Q

from chaland.network.types import LocationKind


class Policy(models.Model):
    """A setting for some positions; null and empty mean any, or nothing set."""

    id = models.AutoField(primary_key=True)
    code = models.TextField(unique=True)
    location = models.ForeignKey("network.Location", models.PROTECT, null=True, related_name="+")
    category = models.TextField(default="")
    location_kind = models.TextField(null=True)
    tolerance_units = models.IntegerField(null=True)
    tolerance_percent = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    tolerance_value = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    prior_pickable = models.FloatField(null=True)
    version = models.IntegerField(default=1)

    class Meta:
        db_table = "accuracy_policy"
        constraints = (
            models.UniqueConstraint(
                fields=["location", "category", "location_kind"],
                name="accuracy_policy_scope_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(location_kind__isnull=True)
                | Q(location_kind__in=[item.value for item in LocationKind]),
                name="accuracy_policy_location_kind",
            ),
            models.CheckConstraint(
                condition=(Q(tolerance_units__isnull=True) | Q(tolerance_units__gte=0))
                & (Q(tolerance_percent__isnull=True) | Q(tolerance_percent__range=(0, 100)))
                & (Q(tolerance_value__isnull=True) | Q(tolerance_value__gte=0)),
                name="accuracy_policy_tolerance",
            ),
            models.CheckConstraint(
                condition=Q(prior_pickable__isnull=True)
                | Q(prior_pickable__gt=0, prior_pickable__lt=1),
                name="accuracy_policy_prior",
            ),
        )

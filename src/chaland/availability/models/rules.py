"""What keeps stock back from channels."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from chaland.availability.types import METHODS, RuleKind
from chaland.kernel.codes import CODE_PATTERN

HIGHEST_UNITS, HIGHEST_PRIORITY = 1_000_000, 10_000
UNITS = (RuleKind.SAFETY_STOCK, RuleKind.THRESHOLD)


def _codes() -> "ArrayField[list[str], list[str]]":
    return ArrayField(models.TextField(), default=list)


class Rule(models.Model):
    """What keeps stock back from channels, as the retailer set it; scopes are codes."""

    id = models.AutoField(primary_key=True)
    code = models.TextField(unique=True)
    name = models.TextField()
    kind = models.TextField()
    units = models.IntegerField(null=True)
    percent = models.SmallIntegerField(null=True)
    on = models.BooleanField(null=True)
    opens_at = models.DateTimeField(null=True)
    channels = _codes()
    methods = _codes()
    location_groups = _codes()
    locations = _codes()
    categories = _codes()
    tags = _codes()
    skus = _codes()
    priority = models.IntegerField(default=100)
    active = models.BooleanField(default=True)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "availability_rule"
        constraints = (
            models.CheckConstraint(
                condition=Q(code__regex=CODE_PATTERN), name="availability_rule_code"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[str(kind) for kind in RuleKind]),
                name="availability_rule_kind",
            ),
            models.CheckConstraint(
                condition=Q(units__isnull=True) | Q(units__range=(1, HIGHEST_UNITS)),
                name="availability_rule_units",
            ),
            models.CheckConstraint(
                condition=Q(percent__isnull=True) | Q(percent__range=(1, 100)),
                name="availability_rule_percent",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=UNITS, units__isnull=False, percent__isnull=True)
                | Q(kind=RuleKind.PERCENTAGE, units__isnull=True, percent__isnull=False)
                | Q(kind=RuleKind.RING_FENCE, units__isnull=False, percent__isnull=True)
                | Q(kind=RuleKind.RING_FENCE, units__isnull=True, percent__isnull=False)
                | Q(
                    kind__in=(RuleKind.LAST_PIECE, RuleKind.SWITCH, RuleKind.ACTIVATION),
                    units__isnull=True,
                    percent__isnull=True,
                ),
                name="availability_rule_amount",
            ),
            models.CheckConstraint(
                condition=Q(kind=RuleKind.SWITCH, on__isnull=False)
                | (~Q(kind=RuleKind.SWITCH) & Q(on__isnull=True)),
                name="availability_rule_on",
            ),
            models.CheckConstraint(
                condition=Q(kind=RuleKind.ACTIVATION) | Q(opens_at__isnull=True),
                name="availability_rule_opens_at",
            ),
            models.CheckConstraint(
                condition=~Q(kind=RuleKind.RING_FENCE) | Q(channels__len=1),
                name="availability_rule_fence_is_for_one",
            ),
            models.CheckConstraint(
                condition=Q(methods__contained_by=list(METHODS)), name="availability_rule_methods"
            ),
            models.CheckConstraint(
                condition=Q(priority__range=(0, HIGHEST_PRIORITY)),
                name="availability_rule_priority",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True)
                | Q(ends_at__isnull=True)
                | Q(ends_at__gt=F("starts_at")),
                name="availability_rule_forward",
            ),
        )

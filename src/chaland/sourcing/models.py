"""Tables of the sourcing room."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from chaland.kernel.codes import CODE_PATTERN
from chaland.sourcing.states import StrategyState
from chaland.sourcing.types import DECISION_KINDS, JointStatus, Outcome

STATES = [item.value for item in StrategyState]
OUTCOMES = [item.value for item in Outcome]


class Strategy(models.Model):
    """One version of a strategy; of a draft, ``edit`` counts how often it was written."""

    id = models.AutoField(primary_key=True)
    code = models.TextField()
    version = models.IntegerField()
    state = models.TextField()
    document = models.JSONField(default=dict, db_default={})
    edit = models.IntegerField(default=1, db_default=1)
    author = models.TextField(default="", db_default="")
    note = models.TextField(default="", db_default="")
    created_at = models.DateTimeField()
    activate_at = models.DateTimeField(null=True)
    activated_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sourcing_strategy"
        constraints = (
            models.UniqueConstraint(
                fields=("code", "version"), name="sourcing_strategy_version_once"
            ),
            models.UniqueConstraint(
                fields=("code",), condition=Q(state="active"), name="sourcing_strategy_one_active"
            ),
            models.UniqueConstraint(
                fields=("code",), condition=Q(state="draft"), name="sourcing_strategy_one_draft"
            ),
            models.CheckConstraint(condition=Q(state__in=STATES), name="sourcing_strategy_state"),
            models.CheckConstraint(
                condition=Q(code__regex=CODE_PATTERN), name="sourcing_strategy_code"
            ),
            models.CheckConstraint(condition=Q(version__gt=0), name="sourcing_strategy_version"),
            models.CheckConstraint(
                condition=Q(activate_at__isnull=True) | Q(state="draft"),
                name="sourcing_strategy_planned_draft",
            ),
        )


class ChannelStrategy(models.Model):
    """Which strategy a channel follows; without a row, the default one."""

    channel = models.TextField(primary_key=True)
    strategy = models.TextField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "sourcing_channel_strategy"
        constraints = (
            models.CheckConstraint(
                condition=Q(channel__regex=CODE_PATTERN, strategy__regex=CODE_PATTERN),
                name="sourcing_channel_strategy_codes",
            ),
        )


class StrategyPilot(models.Model):
    """Which orders a strategy decides although their channel follows another."""

    strategy = models.TextField(primary_key=True)
    channels = ArrayField(models.TextField(), default=list)
    postal_prefixes = ArrayField(models.TextField(), default=list)
    location_groups = ArrayField(models.TextField(), default=list)
    share = models.IntegerField(null=True)
    version = models.IntegerField(default=1)
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "sourcing_strategy_pilot"
        constraints = (
            models.CheckConstraint(
                condition=Q(strategy__regex=CODE_PATTERN), name="sourcing_strategy_pilot_code"
            ),
            models.CheckConstraint(
                condition=Q(share__isnull=True) | Q(share__range=(1, 99)),
                name="sourcing_strategy_pilot_share",
            ),
        )


class SourcingDecision(models.Model):
    """What was decided for an order, once, with its reasons; never changed."""

    id = models.UUIDField(primary_key=True)
    order_id = models.UUIDField()
    decided_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    kind = models.TextField()
    strategy_code = models.TextField(default="default", db_default="default")
    strategy_version = models.IntegerField()
    rule = models.TextField(default="", db_default="")
    outcome = models.TextField()
    total_cost = models.DecimalField(max_digits=14, decimal_places=4)
    body = models.JSONField()

    class Meta:
        db_table = "sourcing_decision"
        indexes = (models.Index(fields=("order_id", "id"), name="sourcing_decision_order"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=DECISION_KINDS), name="sourcing_decision_kind"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=OUTCOMES), name="sourcing_decision_outcome"
            ),
        )


class Reoptimisation(models.Model):
    """One joint choice for all orders that waited: what it came to, and how good that is."""

    id = models.UUIDField(primary_key=True)
    started_at = models.DateTimeField()
    seconds = models.FloatField()
    status = models.TextField()
    orders = models.IntegerField()
    proposed = models.IntegerField()
    changed = models.IntegerField()
    cost_before = models.DecimalField(max_digits=16, decimal_places=4)
    cost_after = models.DecimalField(max_digits=16, decimal_places=4)
    saved = models.DecimalField(max_digits=16, decimal_places=4)
    lower_bound = models.DecimalField(max_digits=16, decimal_places=4, null=True)
    change_price = models.DecimalField(max_digits=16, decimal_places=4)

    class Meta:
        db_table = "sourcing_reoptimisation"
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=[item.value for item in JointStatus]),
                name="sourcing_reoptimisation_status",
            ),
            models.CheckConstraint(
                condition=Q(cost_after__lte=F("cost_before"))
                & Q(changed__lte=F("proposed"))
                & Q(proposed__lte=F("orders")),
                name="sourcing_reoptimisation_never_worse",
            ),
        )


class ShadowPrice(models.Model):
    """What the last units of a SKU at a location are worth to orders to come; 0 has no row.

    ``price`` is in 1/10 000 of the currency unit. ``until`` is when more is expected, or as far as
    was looked ahead.
    """

    pk = models.CompositePrimaryKey("sku_id", "location_id")
    sku_id = models.IntegerField()
    location_id = models.IntegerField()
    price = models.BigIntegerField()
    as_of = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        db_table = "sourcing_shadow_price"
        constraints = (
            models.CheckConstraint(condition=Q(price__gt=0), name="sourcing_shadow_price_positive"),
            models.CheckConstraint(
                condition=Q(until__gt=F("as_of")), name="sourcing_shadow_price_ahead"
            ),
        )

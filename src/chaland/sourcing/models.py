"""Tables of the sourcing room."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from chaland.kernel.codes import CODE_PATTERN
from chaland.sourcing.states import StrategyState
from chaland.sourcing.types import DECISION_KINDS, Outcome

STATES = [item.value for item in StrategyState]
OUTCOMES = [item.value for item in Outcome]


class Strategy(models.Model):
    """One version of a strategy: what counts how much when places are compared."""

    id = models.AutoField(primary_key=True)
    code = models.TextField()
    version = models.IntegerField()
    state = models.TextField()
    weights = models.JSONField()
    created_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sourcing_strategy"
        constraints = (
            models.UniqueConstraint(
                fields=("code", "version"), name="sourcing_strategy_version_once"
            ),
            models.UniqueConstraint(
                fields=("code",), condition=Q(state="active"), name="sourcing_strategy_one_active"
            ),
            models.CheckConstraint(condition=Q(state__in=STATES), name="sourcing_strategy_state"),
            models.CheckConstraint(
                condition=Q(code__regex=CODE_PATTERN), name="sourcing_strategy_code"
            ),
            models.CheckConstraint(condition=Q(version__gt=0), name="sourcing_strategy_version"),
        )


class SourcingDecision(models.Model):
    """What was decided for an order, once, with its reasons; never changed."""

    id = models.UUIDField(primary_key=True)
    order_id = models.UUIDField()
    decided_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    kind = models.TextField()
    strategy_version = models.IntegerField()
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

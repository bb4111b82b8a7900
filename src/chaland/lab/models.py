"""Tables of the lab: one, of runs. Nothing else is ever written."""

from django.db import models
from django.db.models import Q

from chaland.lab.types import LabKind, LabState


class Run(models.Model):
    """A question, how far it is answered, and the answer.

    ``checkpoint`` is where the replay stands, so that another worker goes on there. Who works on
    it holds ``claim`` until ``claimed_until``.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    name = models.TextField()
    kind = models.TextField()
    state = models.TextField(default=LabState.QUEUED)
    spec = models.JSONField()
    progress = models.FloatField(default=0.0)
    results = models.JSONField(default=dict)
    checkpoint = models.BinaryField(null=True)
    problem_code = models.TextField(default="")
    problem = models.TextField(default="")
    stop_asked = models.BooleanField(default=False)
    claim = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)
    actor_kind = models.TextField()
    actor_id = models.TextField()
    actor_label = models.TextField()
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)

    class Meta:
        db_table = "lab_run"
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=[item.value for item in LabState]), name="lab_run_state"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[item.value for item in LabKind]), name="lab_run_kind"
            ),
            models.CheckConstraint(
                condition=Q(progress__gte=0, progress__lte=1), name="lab_run_progress"
            ),
        )
        indexes = (
            models.Index(
                fields=["id"],
                name="lab_run_waiting",
                condition=Q(state__in=[LabState.QUEUED.value, LabState.RUNNING.value]),
            ),
        )

"""Tables of the feeds room."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from chaland.feeds.types import FeedMode, FileFormat, Hearing, QuarantineState, RunKind, RunState
from chaland.kernel.codes import CODE_PATTERN


class Feed(models.Model):
    """A source of stock messages and how it is understood.

    ``locations`` and ``organisations`` limit what it may speak of (empty: everything). A feed with
    ``expected_every_minutes`` (0: never) is called silent when it is not heard of for so long.
    ``folder`` is watched for files, below the folder that the installation sets. A snapshot counts
    what it does not mention as 0 only with ``closes_unmentioned`` and when its file says so too,
    and never more than ``most_closed_percent`` of the positions. ``acknowledged_to`` is how far a
    source that books what it hears has heard.
    """

    id = models.AutoField(primary_key=True)
    code = models.TextField(unique=True)
    name = models.TextField()
    mode = models.TextField()
    hearing = models.TextField()
    format = models.TextField()
    layout = models.JSONField()
    locations = ArrayField(models.TextField(), default=list)
    organisations = ArrayField(models.TextField(), default=list)
    expected_every_minutes = models.IntegerField(default=0)
    folder = models.TextField(default="")
    closes_unmentioned = models.BooleanField(default=False)
    most_closed_percent = models.IntegerField(default=20)
    active = models.BooleanField(default=True)
    acknowledged_to = models.DateTimeField(null=True)
    last_heard_at = models.DateTimeField(null=True)
    silent_since = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    version = models.IntegerField(default=1)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(code__regex=CODE_PATTERN), name="feeds_feed_code"),
            models.CheckConstraint(
                condition=Q(mode__in=[str(item) for item in FeedMode]), name="feeds_feed_mode"
            ),
            models.CheckConstraint(
                condition=Q(hearing__in=[str(item) for item in Hearing]), name="feeds_feed_hearing"
            ),
            models.CheckConstraint(
                condition=Q(format__in=[str(item) for item in FileFormat]), name="feeds_feed_format"
            ),
            models.UniqueConstraint(
                fields=["folder"], condition=~Q(folder=""), name="feeds_feed_folder_once"
            ),
        )


class Run(models.Model):
    """One file or batch of a feed.

    ``number`` names the table in which its lines wait; ``after_sku`` and ``after_location`` are how
    far they were merged, written in the transaction that merged them. Whoever works on a run holds
    a ``claim`` until ``claimed_until``, and writes nothing once another holds it.
    """

    number = models.AutoField(primary_key=True)
    id = models.UUIDField(unique=True)
    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="+")
    kind = models.TextField()
    state = models.TextField()
    path = models.TextField(default="")
    from_folder = models.TextField(default="")
    file_name = models.TextField(default="")
    sha256 = models.TextField(default="")
    size = models.BigIntegerField(default=0)
    as_of = models.DateTimeField()
    acknowledged_to = models.DateTimeField(null=True)
    closes_unmentioned = models.BooleanField(default=False)
    declared_lines = models.IntegerField(null=True)
    reconciliation = models.ForeignKey("self", null=True, on_delete=models.PROTECT)
    to_do = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    after_sku = models.IntegerField(default=0)
    after_location = models.IntegerField(default=0)
    lines_read = models.IntegerField(default=0)
    applied = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    duplicate = models.IntegerField(default=0)
    stale = models.IntegerField(default=0)
    superseded = models.IntegerField(default=0)
    quarantined = models.IntegerField(default=0)
    closed = models.IntegerField(default=0)
    units_in = models.BigIntegerField(default=0)
    units_out = models.BigIntegerField(default=0)
    summary = models.JSONField(default=dict)
    problem = models.TextField(default="")
    problem_code = models.TextField(default="")
    stop_asked = models.BooleanField(default=False)
    claim = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)
    actor_kind = models.TextField()
    actor_id = models.TextField()
    actor_label = models.TextField()
    location_ids = ArrayField(models.IntegerField(), null=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=[str(item) for item in RunState]), name="feeds_run_state"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[str(item) for item in RunKind]), name="feeds_run_kind"
            ),
        )
        indexes = (
            models.Index(fields=["feed", "created_at"], name="feeds_run_of_feed"),
            models.Index(
                fields=["number"],
                condition=Q(state__in=["receiving", "checking", "applying"]),
                name="feeds_run_waiting",
            ),
        )


class QuarantinedLine(models.Model):
    """A line that could not be used, as it came, and why; ``missing`` units could not be taken."""

    id = models.BigAutoField(primary_key=True)
    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="+", db_index=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+")
    line = models.IntegerField(null=True)
    raw = models.TextField()
    sku = models.TextField()
    location = models.TextField()
    location_id = models.IntegerField(null=True)
    quantity = models.TextField()
    as_of = models.TextField()
    line_id = models.TextField()
    moment = models.DateTimeField()
    reason = models.TextField()
    field = models.TextField()
    missing = models.IntegerField(null=True)
    orders = ArrayField(models.TextField(), default=list)
    state = models.TextField(default="open", db_default="open")
    replay = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=[str(item) for item in QuarantineState]),
                name="feeds_quarantine_state",
            ),
        )
        indexes = (
            models.Index(
                fields=["feed", "reason"], condition=Q(state="open"), name="feeds_quarantine_open"
            ),
        )


class Difference(models.Model):
    """Where an external count differs from what there was, and how much of it is explained."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+", db_index=False)
    sku_id = models.IntegerField()
    location_id = models.IntegerField()
    as_of = models.DateTimeField()
    mentioned = models.BooleanField()
    ours = models.IntegerField()
    theirs = models.IntegerField()
    in_flight = models.IntegerField()
    unacknowledged = models.IntegerField()
    unexplained = models.IntegerField()
    unit_cost = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    healed_by = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = (models.Index(fields=["run", "id"], name="feeds_difference_run"),)

"""Tables of events, of what reads them, and of webhooks."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from chaland.outbox.fields import IdentityField, SnapshotField, TransactionIdField
from chaland.outbox.types import DeliveryState


class Event(models.Model):
    """A fact, written once and never changed.

    ``seq`` says in which order events of one stream happened; ``xid`` in which transaction it was
    written, which tells a reader what it has not seen yet (see ``feed.py``).
    """

    id = models.UUIDField(primary_key=True)
    seq = IdentityField(editable=False)
    xid = TransactionIdField(editable=False, db_default=models.Func(function="pg_current_xact_id"))
    type = models.TextField()
    version = models.SmallIntegerField()
    stream = models.TextField()
    subject = models.TextField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    actor_kind = models.TextField()
    actor_id = models.TextField()
    data = models.JSONField()

    class Meta:
        db_table = "outbox_event"
        indexes = (
            models.Index(fields=("seq",), name="outbox_event_seq"),
            models.Index(fields=("stream", "seq"), name="outbox_event_stream"),
        )

    def __str__(self) -> str:
        return f"{self.type} {self.subject}"


class Tick(models.Model):
    """A moment at which the sequence of events stood at ``seq``, before transaction ``xid`` began.

    Every event of a later transaction has a higher number: that is how far back a reader must look.
    """

    xid = TransactionIdField(
        primary_key=True, db_default=models.Func(function="pg_current_xact_id")
    )
    seq = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "outbox_tick"

    def __str__(self) -> str:
        return f"{self.xid} {self.seq}"


class ReaderPosition(models.Model):
    """A position in the feed of events; the readers' tables carry the same columns."""

    seen = SnapshotField(help_text="Events visible in this snapshot have been read.")
    until = SnapshotField(null=True, help_text="The snapshot whose events are being read.")
    after = models.BigIntegerField(default=0, help_text="The last number read of those.")

    class Meta:
        abstract = True


class Reaction(ReaderPosition):
    """How far one event handler of a room has come."""

    name = models.TextField(primary_key=True)
    failures = models.IntegerField(default=0)
    last_error = models.TextField(default="")
    next_attempt_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "outbox_reaction"

    def __str__(self) -> str:
        return self.name


class WebhookEndpoint(ReaderPosition):
    """An address of another system that wants to hear events.

    ``event_types`` holds names or prefixes ending in ``.*``; none means all. An endpoint that is
    not active collects nothing. ``secret_encrypted`` signs the deliveries, and for a day after a
    change the previous one signs beside it. ``retry_at`` leaves a failing receiver alone for a
    moment.
    """

    id = models.UUIDField(primary_key=True)
    url = models.TextField()
    description = models.TextField(default="")
    secret_encrypted = models.BinaryField()
    previous_secret_encrypted = models.BinaryField(null=True)
    previous_secret_until = models.DateTimeField(null=True)
    event_types = ArrayField(models.TextField(), default=list)
    active = models.BooleanField(default=True)
    disabled_reason = models.TextField(default="")
    created_at = models.DateTimeField()
    version = models.IntegerField(default=1)
    failing_since = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "outbox_webhook_endpoint"

    def __str__(self) -> str:
        return self.url


class WebhookDelivery(models.Model):
    """One event on its way to one endpoint. Inside a stream the next waits for the one before."""

    id = models.UUIDField(primary_key=True)
    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, db_index=False)
    event = models.ForeignKey(Event, models.PROTECT, db_index=False)
    seq = models.BigIntegerField()
    stream = models.TextField()
    state = models.TextField(default=DeliveryState.PENDING.value)
    attempts = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    last_status = models.SmallIntegerField(null=True)
    last_error = models.TextField(default="")
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "outbox_webhook_delivery"
        constraints = (
            models.UniqueConstraint(
                fields=("endpoint", "event"), name="outbox_delivery_once_per_event"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[state.value for state in DeliveryState]),
                name="outbox_delivery_state",
            ),
        )
        indexes = (
            models.Index(fields=("endpoint", "seq"), name="outbox_delivery_list"),
            models.Index(
                fields=("endpoint", "next_attempt_at"),
                condition=models.Q(state=DeliveryState.PENDING.value),
                name="outbox_delivery_due",
            ),
            models.Index(
                fields=("endpoint", "stream", "seq"),
                condition=models.Q(state=DeliveryState.PENDING.value),
                name="outbox_delivery_waiting",
            ),
        )

    def __str__(self) -> str:
        return f"{self.event_id} to {self.endpoint_id}"


class WebhookAttempt(models.Model):
    """One try to deliver, as it went. ``status`` is the HTTP status, null when none came."""

    delivery = models.ForeignKey(WebhookDelivery, models.CASCADE)
    at = models.DateTimeField()
    status = models.SmallIntegerField(null=True)
    latency_ms = models.IntegerField()
    error = models.TextField(default="")
    response_excerpt = models.TextField(default="")

    class Meta:
        db_table = "outbox_webhook_attempt"

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.status}"

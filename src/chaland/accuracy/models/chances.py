"""What the ledger tells of each position, and what was learned from it."""

from django.db import models


class Evidence(models.Model):
    """What is known of a position, kept up to date from the ledger; see ``Evidence`` in ``types``.

    The anchor is ``counted_at``, or ``first_at`` for a position that nobody counted. ``mass`` is
    units sold, faded to ``last_out_at``. ``pickable`` was worked out at ``scored_at``; None: it is
    due. Another column, ``xid``, is the transaction that wrote the row.
    """

    pk = models.CompositePrimaryKey("sku_id", "location_id")
    sku = models.ForeignKey(
        "catalog.Sku",
        models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    location = models.ForeignKey(
        "network.Location",
        models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
    )
    first_at = models.DateTimeField()
    counted_at = models.DateTimeField(null=True)
    sold = models.IntegerField(default=0)
    received = models.IntegerField(default=0)
    missed = models.IntegerField(default=0)
    found = models.IntegerField(default=0)
    missed_at = models.DateTimeField(null=True)
    found_after = models.IntegerField(default=0)
    received_after = models.IntegerField(default=0)
    last_out_at = models.DateTimeField(null=True)
    mass = models.FloatField(default=0)
    pickable = models.FloatField(null=True)
    scored_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "accuracy_evidence"
        indexes = (models.Index(fields=["scored_at"], name="accuracy_evidence_due"),)


class Progress(models.Model):
    """How far the ledger was read: all that the snapshot ``seen`` shows (PostgreSQL's text form).

    ``looks`` counts picks, misses and counts since something was last learned.
    """

    name = models.TextField(primary_key=True)
    seen = models.TextField(default="1:1:")
    looks = models.IntegerField(default=0)

    class Meta:
        db_table = "accuracy_progress"


class LearnedModel(models.Model):
    """What was learned, when, from how much, and how well it had predicted what it had not seen."""

    version = models.AutoField(primary_key=True)
    learned_at = models.DateTimeField()
    outcomes = models.IntegerField()
    picks = models.IntegerField()
    body = models.JSONField()
    calibration = models.JSONField(null=True)

    class Meta:
        db_table = "accuracy_model"

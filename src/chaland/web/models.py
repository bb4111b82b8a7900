"""The answers that were given, so that a repeated request gets the same one."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now


class IdempotencyRecord(models.Model):
    """What a principal was answered under one ``Idempotency-Key``.

    A row without a status is a claim: its request is being executed in the transaction that wrote
    it, so that no other transaction ever sees it.
    """

    pk = models.CompositePrimaryKey("principal", "key")
    principal = models.TextField()
    key = models.TextField()
    request_hash = models.BinaryField()
    status = models.SmallIntegerField(null=True)
    body = models.BinaryField(null=True)
    headers = models.JSONField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "web_idempotency_record"
        indexes = (BrinIndex(fields=("created_at",), name="web_idempotency_created_at"),)

    def __str__(self) -> str:
        return f"{self.principal} {self.key}"

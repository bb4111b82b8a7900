"""What the world was told of each SKU in each channel, and how far the telling has come."""

from django.db import models
from django.db.models import Q

from chaland.availability.types.showing import StockState


class Published(models.Model):
    """The last line told of a SKU in a channel; ``sequence`` rises with each change of it.

    Numbers are given under the channel's lock, so they are committed in their order: who has read
    up to one has missed nothing below it. No foreign keys: written many at a time by one who has
    just read both, and rows of either are never deleted.
    """

    pk = models.CompositePrimaryKey("channel_id", "sku_id")
    channel = models.ForeignKey(
        "network.Channel",
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    sku = models.ForeignKey(
        "catalog.Sku",
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    available = models.IntegerField()
    ship = models.IntegerField()
    pickup = models.IntegerField()
    state = models.TextField()
    sequence = models.BigIntegerField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "availability_published"
        constraints = (
            models.UniqueConstraint(
                fields=("channel", "sequence"), name="availability_published_sequence"
            ),
            models.CheckConstraint(
                condition=Q(available__gte=0, ship__gte=0, pickup__gte=0),
                name="availability_published_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[str(state) for state in StockState]),
                name="availability_published_state",
            ),
        )


class Publisher(models.Model):
    """How far the telling of one channel has come.

    ``point`` is where the ledger was read up to; ``basis`` what reference data everything told was
    computed from, but for the ``sweep_left`` SKUs behind ``sweep_at`` (and around) that are still
    to be looked at. Events are told once the first sweep is done (``filled``).
    """

    channel = models.OneToOneField(
        "network.Channel", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    point = models.TextField()
    basis = models.TextField()
    sequence = models.BigIntegerField(default=0)
    sweep_at = models.IntegerField(default=0)
    sweep_left = models.IntegerField(default=0)
    filled = models.BooleanField(default=False)
    passed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "availability_publisher"

"""How channels show their stock."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

HIGHEST_MARK = 1_000_000


class ChannelDisplay(models.Model):
    """How one channel shows its stock; a channel without a row shows it as ever."""

    channel = models.OneToOneField(
        "network.Channel", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    exact = models.BooleanField(default=True)
    bands = ArrayField(models.IntegerField())
    low_at = models.IntegerField()
    low_by_category = models.JSONField(default=dict)
    max_age_seconds = models.SmallIntegerField()
    horizon_days = models.SmallIntegerField(default=0)
    version = models.IntegerField(default=1)
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "availability_channel_display"
        constraints = (
            models.CheckConstraint(
                condition=Q(low_at__range=(0, HIGHEST_MARK)), name="availability_display_low_at"
            ),
            models.CheckConstraint(
                condition=Q(max_age_seconds__range=(0, 3600)), name="availability_display_max_age"
            ),
            models.CheckConstraint(
                condition=Q(horizon_days__range=(0, 730)), name="availability_display_horizon"
            ),
        )

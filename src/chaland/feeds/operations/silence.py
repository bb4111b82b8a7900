"""A feed that should have been heard of is called silent, once."""

from datetime import datetime

from django.db import transaction

from chaland.feeds import rules
from chaland.feeds.events import FeedSilent
from chaland.feeds.models import Feed
from chaland.kernel.actor import SYSTEM
from chaland.outbox.operations import publish


def watch_silence(*, now: datetime) -> list[str]:
    """Call feeds silent that are overdue; return the codes of those that were not before."""
    with transaction.atomic():
        rows = (
            Feed.objects.select_for_update(skip_locked=True)
            .filter(active=True, silent_since=None, expected_every_minutes__gt=0)
            .order_by("id")
        )
        silent = [
            row
            for row in rows
            if rules.is_overdue(
                expected_every_minutes=row.expected_every_minutes,
                last_heard_at=row.last_heard_at,
                since=row.created_at,
                now=now,
            )
        ]
        Feed.objects.filter(id__in=[row.id for row in silent]).update(silent_since=now)
        publish(
            [
                FeedSilent(
                    occurred_at=now,
                    stream=f"feed:{row.code}",
                    subject=row.code,
                    name=row.name,
                    last_heard_at=(
                        None if row.last_heard_at is None else row.last_heard_at.isoformat()
                    ),
                    expected_every_minutes=row.expected_every_minutes,
                )
                for row in silent
            ],
            actor=SYSTEM,
        )
    return [row.code for row in silent]

"""Write down promises that are at risk, once each, and new days for customers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.kernel.actor import Actor
from chaland.outbox.operations import publish
from chaland.promise.events import PromiseAtRisk, PromiseRenewed
from chaland.promise.models import PromiseRisk


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """A promise that will hardly be kept; ``order`` and ``subject`` are public ids."""

    id: UUID
    order_id: UUID
    order: str
    subject: str
    site: str
    chance: float
    reason: str
    promised_earliest: datetime | None
    promised_latest: datetime


def tell_risks(*, risks: Sequence[Risk], now: datetime, actor: Actor) -> list[Risk]:
    """Tell of promises at risk that nobody was told of yet; return those.

    The caller holds the locks of their orders, so that each is told once.
    """
    told = set(
        PromiseRisk.objects.filter(id__in=[risk.id for risk in risks]).values_list("id", flat=True)
    )
    fresh = [risk for risk in risks if risk.id not in told]
    PromiseRisk.objects.bulk_create(
        [
            PromiseRisk(
                id=risk.id,
                order_id=risk.order_id,
                site=risk.site,
                told_at=now,
                chance=risk.chance,
                reason=risk.reason,
                outcome="told",
                promised_earliest=risk.promised_earliest,
                promised_latest=risk.promised_latest,
            )
            for risk in fresh
        ]
    )
    publish(
        [
            PromiseAtRisk(
                occurred_at=now,
                stream=risk.order,
                subject=risk.subject,
                order=risk.order,
                location=risk.site,
                chance=risk.chance,
                reason=risk.reason,
                promised_latest=risk.promised_latest,
            )
            for risk in fresh
        ],
        actor=actor,
    )
    return fresh


def mark_elsewhere(*, risk: Risk) -> None:
    """Note that another site keeps the promise."""
    PromiseRisk.objects.filter(id=risk.id).update(outcome="elsewhere")


def renew_promise(*, risk: Risk, latest: datetime, now: datetime, actor: Actor) -> None:
    """Tell the customer another day, by an event and on the customer's page."""
    PromiseRisk.objects.filter(id=risk.id).update(outcome="renewed", renewed_latest=latest)
    publish(
        [
            PromiseRenewed(
                occurred_at=now,
                stream=risk.order,
                subject=risk.subject,
                order=risk.order,
                location=risk.site,
                reason=risk.reason,
                promised_latest=risk.promised_latest,
                latest=latest,
            )
        ],
        actor=actor,
    )
    record_audit(
        [
            AuditFact(
                actor=actor,
                action="promise.renew",
                entity_type="fulfilment_order",
                entity_id=risk.subject,
                before={"latest": risk.promised_latest.isoformat()},
                after={"latest": latest.isoformat()},
                reason=risk.reason,
                at=now,
            )
        ]
    )

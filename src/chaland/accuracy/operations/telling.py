"""Tell the world and the audit log, in the transaction of the change."""

from collections.abc import Iterable
from datetime import datetime

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.accuracy.events import CountEvent
from chaland.accuracy.models import Count, CountLine
from chaland.accuracy.types import COUNT_PREFIX
from chaland.catalog.queries import sku_facts_by_id
from chaland.kernel.actor import Actor
from chaland.kernel.ids import to_public
from chaland.network.queries import snapshot
from chaland.outbox.operations import publish


def tell(
    kind: type[CountEvent],
    count: Count,
    lines: Iterable[CountLine],
    *,
    action: str,
    before: str,
    now: datetime,
    actor: Actor,
    note: str = "",
) -> None:
    """Publish an event about *lines* of a count, and write the audit log."""
    about = list(lines)
    network = snapshot()
    public = to_public(COUNT_PREFIX, count.id)
    codes = {facts.id: facts.code for facts in sku_facts_by_id([x.sku_id for x in about]).values()}
    shown = [_shown(line, codes[line.sku_id]) for line in about]
    publish(
        [
            kind(
                occurred_at=now,
                stream=public,
                subject=public,
                location=network.locations[network.index_of[count.location_id]].code,
                state=str(count.state),
                lines=shown,
            )
        ],
        actor=actor,
    )
    audit(count, action=action, before=before, now=now, actor=actor, note=note, lines=shown)


def audit(
    count: Count,
    *,
    action: str,
    before: str,
    now: datetime,
    actor: Actor,
    note: str = "",
    **more: object,
) -> None:
    """Write one line of the audit log about a count."""
    record_audit(
        [
            AuditFact(
                actor=actor,
                action=f"count.{action}",
                entity_type="count",
                entity_id=to_public(COUNT_PREFIX, count.id),
                at=now,
                before={"state": before} if before else None,
                after={"state": str(count.state), **more},
                reason=note,
            )
        ]
    )


def _shown(line: CountLine, code: str) -> dict[str, object]:
    known = line.counted is not None and line.expected is not None
    difference = (line.counted or 0) - (line.expected or 0) if known else None
    money = None
    if difference is not None and line.unit_cost is not None:
        money = str(difference * line.unit_cost)
    return {
        "sku": code,
        "state": str(line.state),
        "counted": line.counted,
        "expected": line.expected,
        "difference": difference,
        "reason": line.reason,
        "money": money,
    }

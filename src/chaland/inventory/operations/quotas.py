"""Units that other channels must leave to one: granted by rules, used by reservations and holds."""

from collections.abc import Sequence
from datetime import datetime

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.database import statements
from chaland.database.revision import bump_revision
from chaland.inventory import sql
from chaland.inventory.operations.reservations import lock_positions
from chaland.inventory.types import QuotaGrant, QuotaReturn
from chaland.kernel.actor import Actor

REVISION = "quotas"


def grant_quotas(*, grants: Sequence[QuotaGrant], now: datetime, actor: Actor) -> int:
    """Set what channels are granted of positions; return how many quotas changed.

    The used units are kept by the room itself; whoever grants decides ``granted`` only. Raises the
    revision ``quotas`` when something changed. A grant for a position that has no stock yet waits
    for it. Raises ValueError when a quota is named twice in one call.
    """
    if not grants:
        return 0
    if len({(item.sku_id, item.location_id, item.channel_id) for item in grants}) != len(grants):
        raise ValueError("a quota is named twice in one call")
    lock_positions([(item.sku_id, item.location_id) for item in grants])
    row = statements.fetch_one(
        sql.load("grant_quotas"),
        {
            "sku": [item.sku_id for item in grants],
            "location": [item.location_id for item in grants],
            "channel": [item.channel_id for item in grants],
            "granted": [item.granted for item in grants],
            "rule": [item.rule for item in grants],
            "restart": [item.restart for item in grants],
            "now": now,
        },
    )
    changed = int(row[0]) if row else 0
    if changed:
        _tell(grants, changed, now, actor)
        bump_revision(REVISION)
    return changed


def refill_quotas(*, returns: Sequence[QuotaReturn]) -> None:
    """Give quotas back what customers of their channel returned; where there is none, do nothing.

    Part of the operation that puts the units back on sale, which tells the world. Locks the
    positions.
    """
    if not returns:
        return
    lock_positions([(item.sku_id, item.location_id) for item in returns])
    statements.execute(
        sql.load("refill_quotas"),
        {
            "sku": [item.sku_id for item in returns],
            "location": [item.location_id for item in returns],
            "channel": [item.channel_id for item in returns],
            "quantity": [item.quantity for item in returns],
        },
    )


def _tell(grants: Sequence[QuotaGrant], changed: int, now: datetime, actor: Actor) -> None:
    """Write one line for the auditors: a rule may grant a hundred thousand quotas."""
    record_audit(
        [
            AuditFact(
                actor=actor,
                action="inventory.grant_quotas",
                entity_type="stock_quota",
                entity_id=",".join(sorted({item.rule for item in grants}))[:200],
                at=now,
                after={"changed": changed, "units": sum(item.granted for item in grants)},
            )
        ]
    )

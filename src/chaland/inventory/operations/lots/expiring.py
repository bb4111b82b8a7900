"""What has passed its last day is taken out of sale."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.database import statements
from chaland.inventory import sql
from chaland.inventory.operations.ledger import Line, lock_states, tell_positions, write_lines
from chaland.inventory.operations.lots.book import open_book
from chaland.inventory.queries import position_codes
from chaland.inventory.types import MovementKind, Pair, UnavailableStatus
from chaland.kernel.actor import Actor
from chaland.network.queries import snapshot

_EARLIEST_ZONE = timedelta(hours=14)


def expire_lots(*, now: datetime, actor: Actor, limit: int = 500) -> int:
    """Move units of lots whose last day has passed where they lie to ``expired``; return how many.

    Units that orders hold stay theirs until they are let go; then the next call takes them.
    """
    due = _due(now, limit)
    states = lock_states({pair for pair, _ in due})
    book = open_book(states.keys(), [])
    lines: list[Line] = []
    for pair, name in due:
        lot = book.lots.get(pair, {}).get(name)
        units = min(states[pair].available, lot.free) if lot and pair in states else 0
        if units <= 0:
            continue
        states[pair] = replace(states[pair], unavailable=states[pair].unavailable + units)
        book.expire(pair, name, units)
        lines.append(_line(pair, name, units, now))
    write_lines(lines, now=now, actor=actor, cause_type="")
    book.write(now)
    touched = {(line.sku_id, line.location_id) for line in lines}
    tell_positions(touched, now=now, actor=actor)
    codes = position_codes(touched)
    record_audit(
        [
            AuditFact(
                actor=actor,
                action="inventory.expire_lot",
                entity_type="stock_position",
                entity_id="/".join(codes[line.sku_id, line.location_id]),
                at=now,
                after={"lot": line.lot, "units": line.unavailable},
            )
            for line in lines
        ]
    )
    return sum(line.unavailable for line in lines)


def _due(now: datetime, limit: int) -> list[tuple[Pair, str]]:
    """Return the lots that are past their last day in the time zone of their location."""
    network = snapshot()
    latest = (now + _EARLIEST_ZONE).date()
    found = statements.fetch_all(sql.load("lots/due"), {"day": latest, "limit": limit})
    due = []
    for sku, location, lot, expires_on in found:
        zone = ZoneInfo(network.locations[network.index_of[location]].time_zone)
        if expires_on < now.astimezone(zone).date():
            due.append(((sku, location), lot))
    return due


def _line(pair: Pair, lot: str, units: int, now: datetime) -> Line:
    return Line(
        sku_id=pair[0],
        location_id=pair[1],
        kind=MovementKind.BLOCKING,
        occurred_at=now,
        unavailable=units,
        status=UnavailableStatus.EXPIRED,
        lot=lot,
        reason="past its last day",
    )

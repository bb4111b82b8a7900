"""Upkeep: ticks that shorten look-ups, and the end of old delivery logs."""

from datetime import datetime

from django.db import transaction

from chaland.database.statements import execute, fetch_all

_TICKS_KEPT = 50_000


def tick() -> bool:
    """Note where the sequence of events stands, when it has moved since the last note.

    The sequence is read before the transaction gets its id, so that every event of a later
    transaction has a higher number. Must not be called inside a transaction. Returns whether a note
    was made.
    """
    [(last_value, noted)] = fetch_all(
        "SELECT last_value, (SELECT coalesce(max(seq), 0) FROM outbox_tick)"
        " FROM outbox_event_seq_seq"
    )
    if last_value <= noted:
        return False
    with transaction.atomic(durable=True):
        execute("INSERT INTO outbox_tick (seq) VALUES (%s)", [last_value])
        execute(
            "DELETE FROM outbox_tick WHERE xid IN"
            " (SELECT xid FROM outbox_tick ORDER BY xid DESC OFFSET %s)",
            [_TICKS_KEPT],
        )
    return True


def purge_deliveries(*, before: datetime, limit: int = 10_000) -> int:
    """Forget deliveries that ended before that moment, with their attempts; return how many."""
    execute(
        "DELETE FROM outbox_webhook_attempt WHERE delivery_id IN (SELECT id FROM"
        " outbox_webhook_delivery WHERE state <> 'pending' AND next_attempt_at < %s"
        " ORDER BY id LIMIT %s)",
        [before, limit],
    )
    return execute(
        "DELETE FROM outbox_webhook_delivery WHERE id IN (SELECT id FROM outbox_webhook_delivery"
        " WHERE state <> 'pending' AND next_attempt_at < %s ORDER BY id LIMIT %s)",
        [before, limit],
    )

"""The audit log: one line a write, in the transaction of the write."""

from collections.abc import Sequence

import orjson

from chaland.access.types import AuditFact, Json
from chaland.database.statements import execute
from chaland.kernel.ids import new_uuid

_RECORD = """
INSERT INTO access_audit_entry
    (id, at, actor_kind, actor_id, actor_label, action, entity_type, entity_id,
     before, after, reason, request_id)
SELECT id, at, actor_kind, actor_id, actor_label, action, entity_type, entity_id,
       before::jsonb, after::jsonb, reason, request_id
FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::text[],
            %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
    AS facts (id, at, actor_kind, actor_id, actor_label, action, entity_type, entity_id,
              before, after, reason, request_id)
"""


def record_audit(entries: Sequence[AuditFact]) -> None:
    """Write lines of the audit log in the caller's transaction; one statement for all."""
    if not entries:
        return
    execute(
        _RECORD,
        [
            [new_uuid() for _ in entries],
            [item.at for item in entries],
            [item.actor.kind for item in entries],
            [item.actor.id for item in entries],
            [item.actor.label for item in entries],
            [item.action for item in entries],
            [item.entity_type for item in entries],
            [item.entity_id for item in entries],
            [_text(item.before) for item in entries],
            [_text(item.after) for item in entries],
            [item.reason for item in entries],
            [item.actor.request_id for item in entries],
        ],
        prepare=True,
    )


def _text(value: Json) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode()
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()

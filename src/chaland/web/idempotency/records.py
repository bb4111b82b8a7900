"""The table of answers, a set at a time; rows are always taken in (principal, key) order.

``claim`` waits while another transaction holds the same key, and sees its answer once it commits.
So a key can be executed by one transaction only, however many clients send it at once.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from chaland.database.statements import execute, fetch_all

Slot = tuple[str, str]
"""A principal (the public id of its API key) and its Idempotency-Key."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A request that asks to be executed under its key."""

    principal: str
    key: str
    request_hash: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer given to a request: its HTTP status and the bytes of its body."""

    principal: str
    key: str
    request_hash: bytes
    status: int
    body: bytes
    headers: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer found again. ``status`` is None while this very transaction is making it."""

    request_hash: bytes
    status: int | None
    body: bytes
    headers: dict[str, str]


_CLAIM = """
INSERT INTO web_idempotency_record (principal, key, request_hash)
SELECT * FROM unnest(%s::text[], %s::text[], %s::bytea[]) AS claims (principal, key, request_hash)
ORDER BY principal COLLATE "C", key COLLATE "C"
ON CONFLICT (principal, key) DO NOTHING
RETURNING principal, key
"""

_INSERT = """
INSERT INTO web_idempotency_record (principal, key, request_hash, status, body)
SELECT * FROM unnest(%s::text[], %s::text[], %s::bytea[], %s::smallint[], %s::bytea[])
    AS answers (principal, key, request_hash, status, body)
ORDER BY principal COLLATE "C", key COLLATE "C"
ON CONFLICT (principal, key) DO NOTHING
RETURNING principal, key
"""

_STORE = """
UPDATE web_idempotency_record AS record
SET status = answers.status, body = answers.body, headers = answers.headers::jsonb
FROM unnest(%s::text[], %s::text[], %s::smallint[], %s::bytea[], %s::text[])
    AS answers (principal, key, status, body, headers)
WHERE record.principal = answers.principal AND record.key = answers.key
"""

_FINISH = """
UPDATE web_idempotency_record
SET status = %s, body = %s
WHERE principal = %s AND key = %s AND status IS NULL
"""

_LOOKUP = """
SELECT principal, key, request_hash, status, body, headers::text
FROM web_idempotency_record
JOIN unnest(%s::text[], %s::text[]) AS wanted (principal, key) USING (principal, key)
"""


def claim(claims: Sequence[Claim]) -> dict[Slot, StoredAnswer | None]:
    """Take the keys for this transaction; return None for those taken, the answer for the others.

    Call it first in the transaction. It waits for other transactions that hold one of the keys.
    """
    rows = fetch_all(
        _CLAIM,
        [
            [item.principal for item in claims],
            [item.key for item in claims],
            [item.request_hash for item in claims],
        ],
        prepare=True,
    )
    result: dict[Slot, StoredAnswer | None] = {(row[0], row[1]): None for row in rows}
    taken = {(item.principal, item.key) for item in claims} - result.keys()
    if taken:
        result.update(lookup(taken))
    return result


def store_answers(answers: Sequence[Answer]) -> None:
    """Complete claims of this transaction with their answers."""
    execute(
        _STORE,
        [
            [item.principal for item in answers],
            [item.key for item in answers],
            [item.status for item in answers],
            [item.body for item in answers],
            [orjson.dumps(item.headers).decode() if item.headers else None for item in answers],
        ],
        prepare=True,
    )


def insert_answers(answers: Sequence[Answer]) -> set[Slot]:
    """Claim and answer in one statement, when the answer is known; return the slots inserted.

    A slot that is missing from the result was answered by another transaction meanwhile: the caller
    rolls back what it did for it and gives the stored answer. ``headers`` are not stored.
    """
    if not answers:
        return set()
    rows = fetch_all(
        _INSERT,
        [
            [item.principal for item in answers],
            [item.key for item in answers],
            [item.request_hash for item in answers],
            [item.status for item in answers],
            [item.body for item in answers],
        ],
        prepare=True,
    )
    return {(principal, key) for principal, key in rows}


def finish(answer: Answer) -> StoredAnswer | None:
    """Complete a claim that was committed before its work; return the answer if it had one already.

    For work that commits piece by piece. Whoever finds such a claim without an answer does the work
    again, so each piece must be harmless to repeat. The first answer stands.
    """
    if execute(_FINISH, [answer.status, answer.body, answer.principal, answer.key]):
        return None
    return lookup([(answer.principal, answer.key)]).get((answer.principal, answer.key))


def lookup(slots: Collection[Slot]) -> dict[Slot, StoredAnswer]:
    """Return the stored answers of those slots that have one."""
    if not slots:
        return {}
    rows = fetch_all(
        _LOOKUP,
        [[principal for principal, _ in slots], [key for _, key in slots]],
        prepare=True,
        binary=True,
    )
    return {(row[0], row[1]): _stored(row) for row in rows}


def purge(*, before: datetime) -> int:
    """Forget the answers older than *before*; return how many."""
    return execute("DELETE FROM web_idempotency_record WHERE created_at < %s", [before])


def _stored(row: tuple[Any, ...]) -> StoredAnswer:
    _, _, request_hash, status, body, headers = row
    return StoredAnswer(
        request_hash=bytes(request_hash),
        status=status,
        body=bytes(body or b""),
        headers=orjson.loads(headers) if headers else {},
    )

"""Same key and body, same answer: a request that is sent again is executed once.

Routes use ``@idempotent``; the batch writer of orders uses the set-based functions.
"""

from chaland.web.idempotency.records import (
    Answer,
    Claim,
    StoredAnswer,
    claim,
    finish,
    insert_answers,
    lookup,
    purge,
    store_answers,
)
from chaland.web.idempotency.requests import (
    HEADER,
    REPLAYED,
    check_same_request,
    checked_key,
    hash_of,
    key_of,
    request_hash,
    stored_response,
)
from chaland.web.idempotency.views import heeds_key, idempotent, idempotent_secret

__all__ = [
    "HEADER",
    "REPLAYED",
    "Answer",
    "Claim",
    "StoredAnswer",
    "check_same_request",
    "checked_key",
    "claim",
    "finish",
    "hash_of",
    "heeds_key",
    "idempotent",
    "idempotent_secret",
    "insert_answers",
    "key_of",
    "lookup",
    "purge",
    "request_hash",
    "store_answers",
    "stored_response",
]

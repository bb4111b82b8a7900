"""API keys at the door: one dictionary look-up for a key seen in the last seconds."""

import hmac
import threading
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.http import HttpRequest

from chaland.access.models import ApiKey
from chaland.access.rules import Token, parse_token
from chaland.database.statements import execute
from chaland.kernel.actor import Actor
from chaland.kernel.clock import now as clock_now
from chaland.kernel.ids import to_public
from chaland.web.context import request_id_of
from chaland.web.rate_limits import check_rate

CACHE_SECONDS = 5.0
"""How long a process goes on trusting a key: a revoked one is refused everywhere after that."""

LAST_USED_EVERY = timedelta(minutes=1)
_CACHE_LIMIT = 10_000
_NO_SUCH_KEY = bytes(32)

_TOUCH = """
UPDATE access_api_key SET last_used_at = %s
WHERE id = %s AND (last_used_at IS NULL OR last_used_at < %s)
"""


@dataclass(frozen=True, slots=True)
class _Known:
    """A key that was checked, until when it is trusted (monotonic seconds), and when it expires."""

    actor: Actor
    until: float
    expires_at: datetime | None


_cache: dict[bytes, _Known] = {}
_cache_lock = threading.Lock()


def authenticate(request: HttpRequest) -> Actor | None:
    """Return who holds the request's key; None when it has none, or one that is not valid.

    Raises DomainError (429 ``rate_limited``) when the key is used too often.
    """
    return actor_of_header(request.headers.get("Authorization", ""), request_id_of(request))


def actor_of_header(authorization: str, request_id: str) -> Actor | None:
    """Return who holds the key in an ``Authorization`` header; see ``authenticate``.

    Asks the database when the key was not seen in the last seconds.
    """
    token = _token_of(authorization)
    actor = _actor_of_token(token) if token else None
    if actor is None:
        return None
    check_rate(actor.id)
    return replace(actor, request_id=request_id)


def is_remembered(authorization: str) -> bool:
    """Tell whether ``actor_of_header`` would answer without asking the database."""
    token = _token_of(authorization)
    if token is None:
        return True
    known = _cache.get(_slot(token))
    return known is not None and known.until >= time.monotonic()


def remembered_actor(authorization: str) -> Actor | None:
    """Return who holds the key, if that is known without asking the database; None if not.

    Counts nothing and carries no request id: for routes that only read, and answer from memory.
    """
    token = _token_of(authorization)
    known = None if token is None else _cache.get(_slot(token))
    if known is None or known.until < time.monotonic():
        return None
    if known.expires_at is not None and known.expires_at <= clock_now():
        return None
    return known.actor


def learned_actor(authorization: str) -> Actor | None:
    """Return who holds the key, asking the database; ``remembered_actor`` knows it from then on."""
    token = _token_of(authorization)
    return None if token is None else _actor_of_token(token)


def count_request(actor: Actor) -> None:
    """Count a request of *actor*. Raises DomainError (429 ``rate_limited``)."""
    check_rate(actor.id)


def forget_keys() -> None:
    """Trust no key without asking the database again: for tests and for changes made here."""
    with _cache_lock:
        _cache.clear()


def _token_of(authorization: str) -> Token | None:
    scheme, _, text = authorization.partition(" ")
    return parse_token(text.strip()) if scheme.lower() == "bearer" else None


def _slot(token: Token) -> bytes:
    # The digest as cache key: no secret stays in memory, and finding it tells nothing of others.
    return token.prefix.encode() + token.digest


def _actor_of_token(token: Token) -> Actor | None:
    slot = _slot(token)
    known = _cache.get(slot)
    if known is None or known.until < time.monotonic():
        known = _check(token)
        with _cache_lock:
            if known is None:
                _cache.pop(slot, None)
            else:
                if len(_cache) >= _CACHE_LIMIT:
                    _cache.clear()
                _cache[slot] = known
    if known is None or (known.expires_at is not None and known.expires_at <= clock_now()):
        return None
    return known.actor


def _check(token: Token) -> _Known | None:
    key = ApiKey.objects.filter(prefix=token.prefix).first()
    kept = bytes(key.digest) if key else _NO_SUCH_KEY
    if not hmac.compare_digest(kept, token.digest) or key is None or key.revoked_at is not None:
        return None
    now = clock_now()
    if key.expires_at is not None and key.expires_at <= now:
        return None
    execute(_TOUCH, [now, key.id, now - LAST_USED_EVERY], prepare=True)
    return _Known(
        actor=Actor(
            kind="api_key",
            id=to_public("key", key.id),
            label=key.name,
            scopes=frozenset(key.scopes),
            organisations=_limits(key.organisations),
            locations=_limits(key.locations),
        ),
        until=time.monotonic() + CACHE_SECONDS,
        expires_at=key.expires_at,
    )


def _limits(codes: list[str] | None) -> frozenset[str] | None:
    return None if codes is None else frozenset(codes)

"""What a route knows about the request besides its body: who asks, and under which request id."""

import structlog
from django.http import HttpRequest

from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError


def request_id_of(request: HttpRequest) -> str:
    """Return the id that the answer carries in ``X-Request-Id`` and the logs in ``request_id``."""
    return present_request_id() or request.headers.get("X-Request-Id", "")[:64]


def present_request_id() -> str:
    """Return the id of the request that this thread answers, empty outside of one."""
    known: str = structlog.contextvars.get_contextvars().get("request_id", "")
    return known


def actor_of(request: HttpRequest) -> Actor:
    """Return who is asking. Raises DomainError (401 ``not_authenticated``) when nobody is."""
    actor = getattr(request, "auth", None)
    if not isinstance(actor, Actor):
        raise not_authenticated()
    return actor


def not_authenticated() -> DomainError:
    """Make the refusal of a request that carries no valid key."""
    return DomainError(
        code="not_authenticated",
        message="The request carries no valid API key.",
        status=401,
        fix="Send the header Authorization: Bearer chl_… with a key that is still valid.",
    )

"""What routes have in common that wait for a batch to be committed."""

import asyncio
from concurrent.futures import Future
from dataclasses import replace
from typing import TypeVar

from django.db import connection

from chaland.access.authentication import count_request, learned_actor, remembered_actor
from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError
from chaland.web.context import not_authenticated
from chaland.web.quick import QuickRequest

PATIENCE_SECONDS = 60
"""How long a client waits at most; what is sent again after that is recognised by its name."""

Answer = TypeVar("Answer")


async def actor_of_quick(request: QuickRequest) -> Actor:
    """Return who asks. Raises DomainError (401); asks the database in a thread, if it must."""
    authorization = request.headers.get("authorization", "")
    actor = remembered_actor(authorization)
    if actor is None:
        actor = await asyncio.to_thread(_ask_for_actor, authorization)
    if actor is None:
        raise not_authenticated()
    count_request(actor)
    return replace(actor, request_id=request.request_id)


def _ask_for_actor(authorization: str) -> Actor | None:
    try:
        return learned_actor(authorization)
    finally:
        connection.close()


def wait_for(future: "Future[Answer]") -> Answer:
    """Wait for an answer. Raises DomainError (503) when it does not come in time."""
    try:
        return future.result(timeout=PATIENCE_SECONDS)
    except TimeoutError as error:
        raise too_slow() from error


def too_slow() -> DomainError:
    """Make the refusal of a request whose answer did not come in time."""
    return DomainError(
        code="temporarily_unavailable",
        message=f"There was no answer within {PATIENCE_SECONDS} s; it may have been done.",
        status=503,
        fix="Send the same again: an order is recognised by its number, all else by its key.",
        extra={"retry_after": 1},
    )


def give_back_connection() -> None:
    """Wait for the batch without a database connection, or those who wait starve those who work."""
    if not connection.in_atomic_block:
        connection.close()

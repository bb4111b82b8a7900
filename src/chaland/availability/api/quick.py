"""The product page's route without the framework; ``reading`` has it too, and answers alike.

What is not the plain good case (an unknown SKU, a key limited to some shops, a key not seen
lately) is handed on to the framework, so there is one place that refuses.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import structlog
from django.db import connection

from chaland.access.authentication import count_request, learned_actor, remembered_actor
from chaland.availability.answering import Answered, answer
from chaland.availability.channel_stock import (
    HARD_SECONDS,
    SOFT_SECONDS,
    ChannelStock,
    channel_stock,
)
from chaland.kernel.actor import Actor
from chaland.kernel.codes import is_code
from chaland.kernel.errors import DomainError
from chaland.web.quick import QuickRead, QuickResponse

log = structlog.get_logger(__name__)

SCOPE = "stock:read"
MOST_SKUS = 200

# One thread brings the view up to date; requests that wait for it wait in its queue. Another looks
# keys up that were not seen lately: of many requests with one key, the first asks the database.
_worker = ThreadPoolExecutor(1, thread_name_prefix="channel-stock")
_doorman = ThreadPoolExecutor(1, thread_name_prefix="keys")
_refreshing: set[int] = set()


async def read_availability_quickly(request: QuickRead) -> QuickResponse | None:
    """Answer ``GET /stock/availability`` from memory; None hands the request on."""
    asked = parse(request.query)
    if asked is None:
        return None
    authorization = request.header(b"authorization")
    actor = remembered_actor(authorization)
    if actor is None:
        loop = asyncio.get_running_loop()
        actor = await loop.run_in_executor(_doorman, _ask_for_actor, authorization)
    if (
        actor is None
        or not actor.may(SCOPE)
        or actor.organisations is not None
        or actor.locations is not None
    ):
        return None
    channel, codes = asked
    view = _view()
    if_none_match = request.header(b"if-none-match") or None
    found = _from_memory(view, channel, codes, if_none_match)
    if found is None:
        if not all(map(is_code, codes)):
            return None
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(_worker, _refresh, view, channel, codes)
        found = _from_memory(view, channel, codes, if_none_match)
        if found is None:
            return None
    try:
        count_request(actor)
    except DomainError:
        return None
    return QuickResponse(found.status, found.content, headers=found.headers)


@cache
def _view() -> ChannelStock:
    """Return the view of this process, without asking Django each time which database it is."""
    return channel_stock()


def _from_memory(
    view: ChannelStock, channel: str, codes: list[str], if_none_match: str | None
) -> Answered | None:
    """Answer if all is kept and fresh enough, and see to it that it is for the next one too."""
    age = view.age()
    if age > SOFT_SECONDS:
        if age > HARD_SECONDS:
            return None
        if not _refreshing:
            _refreshing.add(1)
            _worker.submit(_refresh_for_all, view)
    shelf = view.shelf(channel)
    return None if shelf is None else answer(view, shelf, codes, if_none_match)


def parse(query: str) -> tuple[str, list[str]] | None:
    """Read ``channel=web&sku=A&sku=B``; None for anything less plain, or more than is allowed."""
    if "%" in query or "+" in query:
        return None
    first, *codes = query.split("&sku=")
    if first.startswith("sku="):
        codes.insert(0, first[4:])
        codes[-1], named, channel = codes[-1].partition("&channel=")
        if not named:
            return None
    elif first.startswith("channel="):
        channel = first[8:]
    else:
        return None
    return (channel, codes) if 0 < len(codes) <= MOST_SKUS else None


def _refresh(view: ChannelStock, channel: str, codes: list[str]) -> None:
    """Bring up to date, unless the one before in the queue has done what is asked."""
    if view.age() <= SOFT_SECONDS and view.has(channel, codes):
        return
    try:
        view.refresh(channel, codes)
    finally:
        connection.close()


def _ask_for_actor(authorization: str) -> Actor | None:
    try:
        return remembered_actor(authorization) or learned_actor(authorization)
    finally:
        connection.close()


def _refresh_for_all(view: ChannelStock) -> None:
    try:
        view.refresh()
    except Exception:
        # The next request tries again; once the view is too old, requests wait and are told.
        log.exception("channel stock was not brought up to date")
    finally:
        _refreshing.clear()
        connection.close()

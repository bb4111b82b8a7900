"""Take work from sites that did not answer in the time that their terms give them."""

from datetime import datetime, timedelta

from chaland.fulfilment import queries as fulfilment_queries
from chaland.fulfilment.types import Silence
from chaland.journeys.refuse_fulfilment import time_out_fulfilment
from chaland.kernel.actor import SYSTEM
from chaland.network.queries import snapshot
from chaland.network.types import NetworkSnapshot
from chaland.promise import queries as promise_queries
from chaland.promise.engine import PromiseEngine, moment_of


def time_out_unanswered(*, now: datetime) -> int:
    """Send what is unanswered by *now* to the next best site; return how many were.

    The time is counted in the site's opening hours. Each is its own transaction, so that one that
    fails to find a site holds nobody up.
    """
    network = snapshot()
    promise = promise_queries.engine(network)
    shortest = min(
        (item.answer_minutes for item in promise.facts.terms if item.answer_minutes is not None),
        default=None,
    )
    if shortest is None:
        return 0
    total = 0
    for silence in fulfilment_queries.silences(released_before=now - timedelta(minutes=shortest)):
        minutes = _overdue(silence, network, promise, moment_of(now))
        if minutes is not None:
            total += time_out_fulfilment(
                fulfilment_id=silence.fulfilment_id, answer_minutes=minutes, now=now, actor=SYSTEM
            )
    return total


def _overdue(
    silence: Silence, network: NetworkSnapshot, promise: PromiseEngine, now: int
) -> int | None:
    """Return the minutes that the site had, if they have passed."""
    place = network.index_of[silence.location_id]
    channel = network.channels_by_id[silence.channel_id].code
    minutes = promise.terms(channel, network.locations[place].code).answer_minutes
    if minutes is None:
        return None
    due = promise.opening_time_after(place, moment_of(silence.released_at), 60 * minutes)
    return minutes if due < now else None

"""Events are written in the transaction of the change they tell of."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from decimal import Decimal
from operator import attrgetter
from typing import Any

import orjson

from chaland.database.statements import execute
from chaland.kernel.actor import Actor
from chaland.kernel.events import DomainEvent
from chaland.kernel.ids import new_uuid

_Reader = tuple[tuple[str, ...], Callable[[DomainEvent], tuple[Any, ...]]]

_readers: dict[type[DomainEvent], _Reader] = {}
_ENVELOPE = frozenset({"occurred_at", "stream", "subject"})

_PUBLISH = """
INSERT INTO outbox_event
    (id, type, version, stream, subject, occurred_at, actor_kind, actor_id, data)
SELECT id, type, version, stream, subject, occurred_at, actor_kind, actor_id, data::jsonb
FROM unnest(%s::uuid[], %s::text[], %s::smallint[], %s::text[], %s::text[], %s::timestamptz[],
            %s::text[], %s::text[], %s::text[])
    WITH ORDINALITY
    AS events (id, type, version, stream, subject, occurred_at, actor_kind, actor_id, data, place)
ORDER BY place
"""


def publish(events: Sequence[DomainEvent], *, actor: Actor | Sequence[Actor]) -> None:
    """Write events, in the order given, in the caller's transaction; one statement for all.

    *actor* is the one responsible for all of them, or one for each event (a batch of several
    clients' orders). Within a stream, order is kept between transactions when they lock the thing
    that the stream is about before they publish.
    """
    if not events:
        return
    actors = [actor] * len(events) if isinstance(actor, Actor) else actor
    execute(
        _PUBLISH,
        [
            [new_uuid() for _ in events],
            [event.TYPE for event in events],
            [event.VERSION for event in events],
            [event.stream for event in events],
            [event.subject for event in events],
            [event.occurred_at for event in events],
            [item.kind for item in actors],
            [item.id for item in actors],
            [_encode(event) for event in events],
        ],
        prepare=True,
    )


def _encode(event: DomainEvent) -> str:
    kind = type(event)
    reader = _readers.get(kind)
    if reader is None:
        reader = _readers[kind] = _payload_reader(kind)
    names, values_of = reader
    return orjson.dumps(
        dict(zip(names, values_of(event), strict=True)),
        default=_plain,
        option=orjson.OPT_NON_STR_KEYS,
    ).decode()


def _payload_reader(
    kind: type[DomainEvent],
) -> _Reader:
    """Return an event type's own field names and a function that reads them all at once."""
    names = tuple(item.name for item in fields(kind) if item.name not in _ENVELOPE)
    if len(names) > 1:
        return names, attrgetter(*names)
    return names, lambda event: tuple(getattr(event, name) for name in names)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    message = f"an event holds a {type(value).__name__}, which JSON cannot"
    raise TypeError(message)

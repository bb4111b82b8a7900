"""Single things and lists of the network, cut to what the actor may see; read from the snapshot."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from chaland.kernel.actor import Actor
from chaland.kernel.errors import NotFoundError
from chaland.network.queries.snapshots import snapshot
from chaland.network.types import (
    ChannelFacts,
    LocationFacts,
    LocationGroupFacts,
    LocationKind,
    OrganisationFacts,
    OrganisationKind,
)


class _Coded(Protocol):
    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...


Thing = TypeVar("Thing", bound=_Coded)


def organisation(code: str, *, actor: Actor) -> OrganisationFacts:
    """Return one organisation. Raises NotFoundError when the actor may not see it."""
    return _one("organisation", code, _visible_organisations(actor))


def location(code: str, *, actor: Actor) -> LocationFacts:
    """Return one location. Raises NotFoundError when the actor may not see it."""
    found = snapshot().location(code)
    if found is None or not _may_see(actor, found):
        raise NotFoundError("location", code)
    return found


def group(code: str) -> LocationGroupFacts:
    """Return one location group. Raises NotFoundError."""
    return _one("location group", code, snapshot().groups.values())


def channel(code: str) -> ChannelFacts:
    """Return one channel. Raises NotFoundError."""
    return _one("channel", code, snapshot().channels.values())


def list_organisations(
    *, actor: Actor, q: str = "", kind: OrganisationKind | None = None, after: str = "", limit: int
) -> list[OrganisationFacts]:
    """Return up to *limit* organisations by code, from the one after the code *after*."""
    found = (item for item in _visible_organisations(actor) if kind is None or item.kind == kind)
    return _slice(found, q=q, after=after, limit=limit)


def list_locations(
    *,
    actor: Actor,
    q: str = "",
    kind: LocationKind | None = None,
    organisation: str = "",
    after: str = "",
    limit: int,
) -> list[LocationFacts]:
    """Return up to *limit* locations by code, from the one after the code *after*.

    *q* is looked for in code and name, *organisation* is a code.
    """
    found = (
        item
        for item in snapshot().locations
        if _may_see(actor, item)
        and (kind is None or item.kind == kind)
        and (not organisation or item.organisation == organisation)
    )
    return _slice(found, q=q, after=after, limit=limit)


def list_groups(*, q: str = "", after: str = "", limit: int) -> list[LocationGroupFacts]:
    """Return up to *limit* location groups by code, from the one after the code *after*."""
    return _slice(snapshot().groups.values(), q=q, after=after, limit=limit)


def list_channels(*, q: str = "", after: str = "", limit: int) -> list[ChannelFacts]:
    """Return up to *limit* channels by code, from the one after the code *after*."""
    return _slice(snapshot().channels.values(), q=q, after=after, limit=limit)


def organisation_version(code: str) -> int:
    """Return an organisation's version, 0 when there is none."""
    return next((item.version for item in snapshot().organisations if item.code == code), 0)


def location_version(code: str) -> int:
    """Return a location's version, 0 when there is none."""
    found = snapshot().location(code)
    return 0 if found is None else found.version


def group_version(code: str) -> int:
    """Return a location group's version, 0 when there is none."""
    found = snapshot().groups.get(code)
    return 0 if found is None else found.version


def channel_version(code: str) -> int:
    """Return a channel's version, 0 when there is none."""
    found = snapshot().channels.get(code)
    return 0 if found is None else found.version


def visible_location_ids(actor: Actor) -> list[int] | None:
    """Return the ids of the locations the actor may see; None means all of them."""
    if actor.organisations is None and actor.locations is None:
        return None
    return [item.id for item in snapshot().locations if _may_see(actor, item)]


def _visible_organisations(actor: Actor) -> list[OrganisationFacts]:
    everything = snapshot().organisations
    if actor.organisations is None:
        return list(everything)
    return [item for item in everything if item.code in actor.organisations]


def _may_see(actor: Actor, item: LocationFacts) -> bool:
    return actor.may_see_location(organisation=item.organisation, location=item.code)


def _one(what: str, code: str, things: Iterable[Thing]) -> Thing:
    for thing in things:
        if thing.code == code:
            return thing
    raise NotFoundError(what, code)


def _slice(things: Iterable[Thing], *, q: str, after: str, limit: int) -> list[Thing]:
    wanted = q.casefold()
    found = [
        thing
        for thing in things
        if thing.code > after
        and (wanted in thing.code.casefold() or wanted in thing.name.casefold())
    ]
    return sorted(found, key=lambda thing: thing.code)[:limit]

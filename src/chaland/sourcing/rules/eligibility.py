"""Which locations may serve at all, whatever they hold: hard constraints, each with its reason."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from chaland.network.types import Capability, NetworkSnapshot
from chaland.promise.engine import OUT_OF_REACH
from chaland.sourcing.rules.shortages import Seen
from chaland.sourcing.types import Demand, Method, Reason

_REASONS = tuple(Reason)
_CODE = {reason: code for code, reason in enumerate(_REASONS, start=1)}
_FEW = 3

Kinds = frozenset[frozenset[str]]
_NO_KINDS: Kinds = frozenset()
EligibilityKey = tuple[str, Method, frozenset[int] | None, Kinds]


@dataclass(frozen=True, slots=True, eq=False)
class Eligibility:
    """Who may serve one kind of demand (``allowed``, ``size`` of them), and why not the others.

    ``penalty`` is 0 or OUT_OF_REACH, to be added to costs. ``reasons`` holds each location's
    reason, None for those allowed; ``counts`` how many each reason rules out, and who they are
    when they are few.
    """

    allowed: NDArray[np.bool_]
    size: int
    penalty: NDArray[np.int64]
    reasons: list[Reason | None]
    counts: tuple[tuple[Reason, int, tuple[int, ...]], ...]


def key_of(demand: Demand, network: NetworkSnapshot) -> EligibilityKey:
    """Return what the static constraints depend on."""
    return demand.channel_code, demand.method, demand.organisation_ids, kinds_of(demand, network)


def kinds_of(demand: Demand, network: NetworkSnapshot) -> Kinds:
    """Return the kinds of goods in *demand* by what locations may refuse of them.

    Goods that have to come from one place are of one kind together.
    """
    if not network.refuses:
        return _NO_KINDS
    found = [line.restrictions.intersection(network.refuses) for line in demand.lines]
    if demand.method is Method.PICKUP or not demand.allow_split:
        return frozenset([frozenset[str]().union(*found)])
    return frozenset(found)


def refusing(network: NetworkSnapshot, kind: frozenset[str]) -> NDArray[np.bool_]:
    """Mark the locations that do not handle goods with the restrictions *kind*."""
    refused = np.zeros(len(network), np.bool_)
    for word in kind:
        refused |= network.refuses[word]
    return refused


def handled(
    demand: Demand, network: NetworkSnapshot, seen: Seen, row_of: Mapping[int, int]
) -> Seen:
    """Return *seen* without the units that are where nobody handles such goods.

    Only goods of several kinds need it: where nothing is handled the location is out anyway.
    """
    if len(kinds_of(demand, network)) < 2:  # noqa: PLR2004 - several
        return seen
    sellable = seen.sellable.copy()
    there = sellable if seen.there is seen.sellable else seen.there.copy()
    for line in demand.lines:
        row = row_of.get(line.sku_id)
        if row is not None:
            refused = refusing(network, line.restrictions.intersection(network.refuses))
            sellable[row, refused] = 0
            there[row, refused] = 0
    return Seen(sellable, there)


def eligibility(
    network: NetworkSnapshot,
    key: EligibilityKey,
    now: datetime,
    circle: NDArray[np.bool_] | None = None,
) -> Eligibility:
    """Work out the constraints that hold for every demand of one *key*; the first reason wins.

    *circle* marks the locations that the strategy looks in, None for all.
    """
    codes = np.zeros(len(network), np.uint8)
    for reason, refused in _refusals(network, key, now):
        codes[refused & (codes == 0)] = _CODE[reason]
    if circle is not None:
        codes[~circle & (codes == 0)] = _CODE[Reason.RULED_OUT]
    counts = []
    for code, reason in enumerate(_REASONS, start=1):
        found = np.flatnonzero(codes == code)
        if len(found):
            named = tuple(found.tolist()) if len(found) <= _FEW else ()
            counts.append((reason, len(found), named))
    names: tuple[Reason | None, ...] = (None, *_REASONS)
    allowed = codes == 0
    return Eligibility(
        allowed,
        int(np.count_nonzero(allowed)),
        np.where(allowed, 0, OUT_OF_REACH),
        [names[code] for code in codes.tolist()],
        tuple(counts),
    )


def _refusals(
    network: NetworkSnapshot, key: EligibilityKey, now: datetime
) -> Iterator[tuple[Reason, NDArray[np.bool_]]]:
    channel_code, method, organisation_ids, kinds = key
    yield Reason.INACTIVE, ~network.active
    channel = network.channels[channel_code]
    if channel.pool:
        yield Reason.NOT_IN_POOL, ~network.pool(channel)
    if channel_code in network.withheld_by_owner:
        yield Reason.NOT_AGREED, network.withheld_by_owner[channel_code]
    if organisation_ids is not None:
        owners = [network.organisations[index].id for index in network.organisation_index]
        yield Reason.OTHER_ORGANISATION, ~np.isin(owners, sorted(organisation_ids))
    capability = Capability.SHIP if method is Method.SHIP else Capability.PICKUP
    yield Reason.NO_CAPABILITY, ~network.can[capability]
    if kinds:
        yield Reason.RESTRICTED, np.logical_and.reduce([refusing(network, kind) for kind in kinds])
    yield Reason.PAUSED, network.active & ~network.working(now)

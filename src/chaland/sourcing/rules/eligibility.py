"""Which locations may serve at all, whatever they hold: hard constraints, each with its reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from chaland.network.types import Capability, NetworkSnapshot
from chaland.promise.engine import OUT_OF_REACH
from chaland.sourcing.types import Demand, Method, Reason

_REASONS = tuple(Reason)
_CODE = {reason: code for code, reason in enumerate(_REASONS, start=1)}
_FEW = 3

EligibilityKey = tuple[str, Method, frozenset[int] | None]


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


def key_of(demand: Demand) -> EligibilityKey:
    """Return what the static constraints depend on."""
    return demand.channel_code, demand.method, demand.organisation_ids


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
    channel_code, method, organisation_ids = key
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
    yield Reason.PAUSED, network.active & ~network.working(now)

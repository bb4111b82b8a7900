"""Which strategy an order follows: a pilot's, its channel's, or the default one."""

import hashlib
from collections.abc import Mapping
from copy import copy
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from chaland.network.types import NetworkSnapshot
from chaland.sourcing.rules.strategies.compiling import CompiledStrategy, Shares
from chaland.sourcing.rules.strategies.matching import LocalMoment, bare
from chaland.sourcing.types import DEFAULT_STRATEGY, Demand, Pilot, Policy, Rule, StrategyUse

PERIOD_SECONDS = 600
"""For so long, prices that move with time stay as they are."""

_HUNDRED = 100


class StrategyBook:
    """All strategies in force at one moment, for one network."""

    def __init__(
        self,
        strategies: Mapping[str, CompiledStrategy],
        use: StrategyUse,
        network: NetworkSnapshot,
        now: datetime,
        zone: ZoneInfo,
        shares: Shares,
    ) -> None:
        self._default = strategies[DEFAULT_STRATEGY.code]
        self._by_channel = {
            channel: strategies[code]
            for channel, code in use.channels.items()
            if code in strategies
        }
        self._pilots = [
            (pilot, strategies[pilot.strategy])
            for pilot in use.pilots
            if pilot.strategy in strategies
        ]
        self._network = network
        self._zone = zone
        self._shares = shares
        self._move(now)

    def policy_of(self, demand: Demand) -> Policy:
        """Return what applies to *demand*; the same object for orders of the same kind."""
        strategy = self._strategy(demand)
        return strategy.policy_of(demand, self._moment, self._shares, self._period)

    def weighs(self, weight: str) -> bool:
        """Tell whether any strategy in force gives the weight of this name more than 0."""
        used = [self._default, *self._by_channel.values(), *(item for _, item in self._pilots)]
        return any(strategy.weighs(weight) for strategy in used)

    def matched(self, demand: Demand) -> list[Rule]:
        """Return the rules that hold for an order, in order."""
        return self._strategy(demand).matched(demand, self._moment)

    def at(self, moment: datetime) -> "StrategyBook":
        """Return the same strategies at another moment."""
        other = copy(self)
        other._move(moment)  # noqa: SLF001 - a book of its own
        return other

    def _move(self, now: datetime) -> None:
        self._moment = LocalMoment.of(now, self._zone)
        self._period = int(now.timestamp()) // PERIOD_SECONDS

    def _strategy(self, demand: Demand) -> CompiledStrategy:
        for pilot, strategy in self._pilots:
            if in_pilot(demand, pilot, self._network):
                return strategy
        return self._by_channel.get(demand.channel_code, self._default)


def in_pilot(demand: Demand, pilot: Pilot, network: NetworkSnapshot) -> bool:
    """Tell whether an order belongs to a pilot; always the same for the same order."""
    if pilot.channels and demand.channel_code not in pilot.channels:
        return False
    prefixes = tuple(bare(prefix) for prefix in pilot.postal_prefixes)
    if prefixes and not bare(demand.postal_code).startswith(prefixes):
        return False
    if pilot.share is not None and not _is_drawn(pilot.strategy, pilot.share, demand.pilot_key):
        return False
    return not pilot.location_groups or _is_at(demand, pilot, network)


def _is_drawn(strategy: str, share: int, key: str) -> bool:
    """Tell whether chance puts an order into a pilot; what has no key yet, a quote, never."""
    return bool(key) and draw(strategy, key) < share


def draw(strategy: str, key: str) -> float:
    """Return a number from 0 up to 100 that looks like chance and never changes.

    The strategy's code is part of it, so that pilots of several strategies meet different orders.
    """
    digest = hashlib.blake2b(f"{strategy}:{key}".encode(), digest_size=4).digest()
    return int.from_bytes(digest) / 2**32 * _HUNDRED


def _is_at(demand: Demand, pilot: Pilot, network: NetworkSnapshot) -> bool:
    """Tell whether the site nearest to the customer is in one of the pilot's groups."""
    if demand.pickup_location_id is not None:
        index = network.index_of[demand.pickup_location_id]
    else:
        distances = network.distances_km(demand.latitude, demand.longitude)
        channel = network.channels[demand.channel_code]
        there = network.active & network.pool(channel)
        index = int(np.where(there, distances, np.inf).argmin())
    masks = [network.group_masks.get(code) for code in pilot.location_groups]
    return any(mask is not None and bool(mask[index]) for mask in masks)

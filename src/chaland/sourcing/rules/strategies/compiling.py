"""From strategies to policies: which rules hold for an order, and what they come to for a network.

Orders for which the same rules hold get the same policy object, so that they are priced together.
Only what rules ask for makes more of them: a distance makes one a destination, a chance to find the
goods one a set of articles.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from chaland.network.types import OWNERS_OF_THEIR_STOCK, NetworkSnapshot
from chaland.promise.types import COST_UNIT
from chaland.sourcing.rules.strategies.matching import LocalMoment, Test, matcher
from chaland.sourcing.rules.strategies.merging import Verdict, verdict
from chaland.sourcing.rules.strategies.sites import (
    Chances,
    Mask,
    Surroundings,
    is_near,
    is_sure,
    mask_of,
)
from chaland.sourcing.rules.strategies.weights import with_weights
from chaland.sourcing.types import (
    Circle,
    Demand,
    Fairness,
    Method,
    Policy,
    Rule,
    Sites,
    Step,
    StrategyVersion,
    StrategyWeights,
)

MOST_KEPT = 2_000
"""So many policies of a strategy are kept; then all are made anew."""

Shares = Callable[[int], Mapping[str, float]]
"""The part (0 to 1) of the last days' work that each organisation's sites had, by code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a strategy is compiled for. ``sku_ids`` are by code."""

    network: NetworkSnapshot
    zone: ZoneInfo
    sku_ids: Mapping[str, int]
    chances: Chances


_Matched = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Outline:
    """What the rules that hold come to, and on what of an order its sites depend."""

    verdict: Verdict
    near: bool
    sure: bool
    circled: bool
    moving: bool


class CompiledStrategy:
    """One version of a strategy, ready to tell what holds for an order."""

    def __init__(self, version: StrategyVersion, setting: Setting) -> None:
        self.version = version
        self._setting = setting
        self._rules = [rule for rule in version.document.rules if rule.on]
        self._tests: list[tuple[Test, bool]] = [
            (matcher(rule.when, setting.sku_ids), rule.go_on) for rule in self._rules
        ]
        self._outlines: dict[_Matched, _Outline] = {}
        self._policies: dict[tuple[object, ...], Policy] = {}

    def weighs(self, weight: str) -> bool:
        """Tell whether the weight of this name may be more than 0."""
        document = self.version.document
        said = [document.weights, *(rule.weights for rule in self._rules)]
        known = [weights[weight] for weights in said if weight in weights]
        if weight not in document.weights:
            known.append(getattr(StrategyWeights(), weight))
        return any(known)

    def matched(self, demand: Demand, moment: LocalMoment) -> list[Rule]:
        """Return the rules that hold for an order, in order."""
        return [self._rules[number] for number in self._matched(demand, moment)]

    def policy_of(self, demand: Demand, moment: LocalMoment, shares: Shares, period: int) -> Policy:
        """Return what holds for an order; what moves with time is kept for one *period*."""
        matched = self._matched(demand, moment)
        outline = self._outlines.get(matched)
        if outline is None:
            outline = self._outlines[matched] = self._outline(matched)
        around = Surroundings(
            (demand.latitude, demand.longitude) if outline.near else None,
            tuple(sorted({line.sku_id for line in demand.lines})) if outline.sure else (),
        )
        counter = demand.pickup_location_id if outline.circled else None
        if demand.method is not Method.PICKUP:
            counter = None
        key = (matched, around, counter, period if outline.moving else 0)
        policy = self._policies.get(key)
        if policy is None:
            if len(self._policies) >= MOST_KEPT:
                self._policies.clear()
            policy = self._policies[key] = self._policy(outline.verdict, around, counter, shares)
        return policy

    def _matched(self, demand: Demand, moment: LocalMoment) -> _Matched:
        matched = []
        for number, (test, go_on) in enumerate(self._tests):
            if test(demand, moment):
                matched.append(number)
                if not go_on:
                    break
        return tuple(matched)

    def _outline(self, matched: _Matched) -> _Outline:
        said = verdict(self.version.document, [self._rules[number] for number in matched])
        sites = [
            *(circle.sites for circle in said.circles),
            *(circle.sites for circles in said.within for circle in circles),
            *(preference.sites for preference in said.preferences),
        ]
        sure = any(is_sure(item) for item in sites)
        return _Outline(
            said,
            near=any(is_near(item) for item in sites),
            sure=sure,
            circled=bool(said.circles or said.within),
            moving=bool(said.fairness) or sure,
        )

    def _policy(
        self, said: Verdict, around: Surroundings, counter: int | None, shares: Shares
    ) -> Policy:
        version = self.version
        return Policy(
            strategy=version.code,
            version=version.version,
            weights=with_weights(StrategyWeights(), said.weights),
            rule=said.rule,
            steps=self._steps(said, around, counter),
            site_prices=self._prices(said, around, shares),
            split=said.split,
            nothing_fits=said.nothing_fits,
        )

    def _steps(self, said: Verdict, around: Surroundings, counter: int | None) -> tuple[Step, ...]:
        limits = [self._any_of(circles, around) for circles in said.within]
        services = [_services(circles) for circles in said.within]
        steps = []
        for number, circle in enumerate(said.circles or (Circle(),), start=1):
            mask = _both([self._mask(circle.sites, around), *limits])
            if mask is not None and counter is not None:
                # What lies where the customer collects is always nearer than what a circle names.
                mask = mask.copy()
                mask[self._setting.network.index_of[counter]] = True
            name = circle.name or (f"{said.rule}/{number}" if said.circles else said.rule)
            steps.append(
                Step(
                    name=name,
                    sites=mask,
                    service_codes=_common([circle.services or None, *services]),
                )
            )
        return tuple(steps)

    def _any_of(self, circles: Sequence[Circle], around: Surroundings) -> Mask | None:
        masks = [self._mask(circle.sites, around) for circle in circles]
        named = [mask for mask in masks if mask is not None]
        return np.logical_or.reduce(named) if len(named) == len(masks) else None

    def _mask(self, sites: Sites, around: Surroundings) -> Mask | None:
        return mask_of(sites, self._setting.network, around, self._setting.chances)

    def _prices(
        self, said: Verdict, around: Surroundings, shares: Shares
    ) -> NDArray[np.int64] | None:
        if not said.preferences and not said.fairness:
            return None
        prices = np.zeros(len(self._setting.network), np.int64)
        for preference in said.preferences:
            mask = self._mask(preference.sites, around)
            amount = int(preference.amount * COST_UNIT)
            prices += amount if mask is None else np.where(mask, amount, 0)
        for fairness in said.fairness:
            prices += fairness_prices(fairness, self._setting.network, shares(fairness.days))
        return prices


def fairness_prices(
    fairness: Fairness, network: NetworkSnapshot, shares: Mapping[str, float]
) -> NDArray[np.int64]:
    """Return what a parcel from each site counts more or less, so that owners get their shares.

    The price is ``amount`` · (share − target) ÷ target, between −amount and +amount; 0 for owners
    without a target, and for all while nobody had any work.
    """
    owners = network.organisations
    if fairness.targets:
        targets = {code: float(share) / 100 for code, share in fairness.targets.items()}
    else:
        sharing = [item.code for item in owners if item.kind in OWNERS_OF_THEIR_STOCK]
        had = sum(shares.get(code, 0.0) for code in sharing)
        targets = {code: had / len(sharing) for code in sharing}
    prices = np.zeros(len(owners), np.int64)
    if shares:
        for index, owner in enumerate(owners):
            target = targets.get(owner.code, 0.0)
            if target > 0:
                over = (shares.get(owner.code, 0.0) - target) / target
                prices[index] = round(
                    float(fairness.amount) * COST_UNIT * min(1.0, max(-1.0, over))
                )
    return prices[network.organisation_index]


def _both(masks: Sequence[Mask | None]) -> Mask | None:
    given = [mask for mask in masks if mask is not None]
    return np.logical_and.reduce(given) if given else None


def _services(circles: Sequence[Circle]) -> tuple[str, ...] | None:
    """Return the services of several circles; None when one of them takes any."""
    if any(not circle.services for circle in circles):
        return None
    return tuple(dict.fromkeys(code for circle in circles for code in circle.services))


def _common(choices: Sequence[tuple[str, ...] | None]) -> tuple[str, ...] | None:
    given = [choice for choice in choices if choice is not None]
    if not given:
        return None
    return tuple(code for code in given[0] if all(code in other for other in given[1:]))

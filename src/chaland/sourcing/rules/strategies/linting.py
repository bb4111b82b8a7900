"""What the author of a strategy should know: rules that never decide, circles without sites."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from chaland.network.types import Capability, NetworkSnapshot
from chaland.sourcing.rules.strategies.covering import covers
from chaland.sourcing.rules.strategies.sites import Mask, lasting_mask
from chaland.sourcing.rules.strategies.weights import with_weights
from chaland.sourcing.types import (
    Circle,
    Conditions,
    Finding,
    Method,
    Preference,
    Rule,
    Sites,
    StrategyDocument,
    StrategyWeights,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What there is to name. ``skus`` and ``categories`` hold those that the strategy names."""

    network: NetworkSnapshot
    services: Collection[str]
    skus: Collection[str]
    categories: Collection[str]
    today: date


def lint(document: StrategyDocument, known: Known) -> list[Finding]:
    """Return what to know of a strategy, in the order of its rules."""
    found: list[Finding] = []
    for number, rule in enumerate(document.rules):
        path = f"rules[{number}]"
        found += _missing(rule, path, known)
        if not rule.on:
            continue
        found += _dead(document, number, path)
        found += _contradictions(rule, path, known)
        found += _circles(document, number, path, known)
        found += _prices(document, rule, path)
        found += _silent(rule, path)
    found += _missing_sites(document.preferences, "preferences", "", known)
    found += _whole(document)
    return found


def _missing(rule: Rule, path: str, known: Known) -> Iterator[Finding]:
    network, when = known.network, rule.when
    items = when.items
    named: list[tuple[str, tuple[str, ...], Collection[str], str]] = [
        ("when.channels", when.channels, network.channels, "channel"),
        ("when.services", when.services, known.services, "carrier service"),
    ]
    if items is not None:
        named += [
            ("when.items.skus", items.skus, known.skus, "SKU"),
            ("when.items.categories", items.categories, known.categories, "category of a SKU"),
        ]
    for number, circle in enumerate(rule.circles):
        named.append(
            (f"circles[{number}].services", circle.services, known.services, "carrier service")
        )
    for field, codes, there, what in named:
        for place, code in enumerate(codes):
            if code not in there:
                yield _unknown(f"{path}.{field}[{place}]", rule.code, what, code)
    for number, circle in enumerate(rule.circles):
        where = f"{path}.circles[{number}].sites"
        yield from _missing_in(circle.sites, where, rule.code, network)
    yield from _missing_sites(rule.preferences, f"{path}.preferences", rule.code, known)
    if rule.fairness is not None:
        owners = {item.code for item in network.organisations}
        for code in rule.fairness.targets:
            if code not in owners:
                yield _unknown(f"{path}.fairness.targets.{code}", rule.code, "organisation", code)


def _missing_sites(
    preferences: tuple[Preference, ...], path: str, rule: str, known: Known
) -> Iterator[Finding]:
    for number, preference in enumerate(preferences):
        yield from _missing_in(preference.sites, f"{path}[{number}].sites", rule, known.network)


def _missing_in(sites: Sites, path: str, rule: str, network: NetworkSnapshot) -> Iterator[Finding]:
    owners = {item.code for item in network.organisations}
    named: list[tuple[str, tuple[str, ...], Collection[str], str]] = [
        ("location_groups", sites.location_groups, network.groups, "location group"),
        ("locations", sites.locations, network.by_code, "location"),
        ("organisations", sites.organisations, owners, "organisation"),
    ]
    for field, codes, there, what in named:
        for place, code in enumerate(codes):
            if code not in there:
                yield _unknown(f"{path}.{field}[{place}]", rule, what, code)


def _unknown(where: str, rule: str, what: str, code: str) -> Finding:
    return Finding(
        code="unknown_reference",
        severity="error",
        where=where,
        rule=rule,
        message=f"there is no {what} {code!r}",
        fix="Correct it, create it, or take it out.",
        by=(code,),
    )


def _dead(document: StrategyDocument, number: int, path: str) -> Iterator[Finding]:
    rule = document.rules[number]
    for earlier in document.rules[:number]:
        if earlier.on and not earlier.go_on and covers(earlier.when, rule.when):
            yield Finding(
                code="dead_rule",
                severity="warning",
                where=path,
                rule=rule.code,
                message=f"it is never reached: {earlier.code!r} decides all of its orders first",
                fix="Move it above that rule, narrow that rule, or remove this one.",
                by=(earlier.code,),
            )
            return


def _contradictions(rule: Rule, path: str, known: Known) -> Iterator[Finding]:
    when = rule.when
    for field, message in _impossible(when, known):
        yield Finding(
            code="contradiction",
            severity="warning",
            where=f"{path}.when.{field}",
            rule=rule.code,
            message=message,
            fix="Change one of the two conditions, or remove the rule.",
        )
    if when.ends_on is not None and when.ends_on < known.today:
        yield Finding(
            code="ended",
            severity="warning",
            where=f"{path}.when.ends_on",
            rule=rule.code,
            message="its time is over",
            fix="Give it other days, switch it off, or remove it.",
        )


def _impossible(when: Conditions, known: Known) -> Iterator[tuple[str, str]]:
    channels = [known.network.channels[c] for c in when.channels if c in known.network.channels]
    served = frozenset().union(*(item.countries for item in channels))
    if channels and when.countries and served.isdisjoint(when.countries):
        yield "countries", "none of its channels delivers to one of its countries"
    if when.services and when.methods == (Method.PICKUP,):
        yield "services", "an order for pickup names no carrier service"
    if set(when.tags) and set(when.tags) <= set(when.without_tags):
        yield "without_tags", "it asks for tags that it excludes"
    if when.units is not None and when.lines is not None:
        most, least = when.units.below, when.lines.least
        if most is not None and least is not None and most <= least:
            yield "units", "an order has at least as many units as lines"


def _circles(document: StrategyDocument, number: int, path: str, known: Known) -> Iterator[Finding]:
    rule = document.rules[number]
    for place, circle in enumerate(rule.circles):
        finding = _circle(rule, circle, f"{path}.circles[{place}]", known)
        if finding is not None:
            yield finding
            continue
        mask = lasting_mask(circle.sites, known.network)
        earlier = [lasting_mask(item.sites, known.network) for item in rule.circles[:place]]
        for before, other in zip(rule.circles, earlier, strict=False):
            if not _depends(before.sites) and not before.services and _within(mask, other):
                yield Finding(
                    code="dead_circle",
                    severity="warning",
                    where=f"{path}.circles[{place}]",
                    rule=rule.code,
                    message="all of its sites are in an earlier circle: it never finds more",
                    fix="Put the smaller circle first, or remove this one.",
                )
                break


def _circle(rule: Rule, circle: Circle, where: str, known: Known) -> Finding | None:
    network = known.network
    mask = lasting_mask(circle.sites, network)
    mask = np.ones(len(network), np.bool_) if mask is None else mask
    able = network.active & _able(rule, network)
    if not (mask & able).any():
        return Finding(
            code="empty_circle",
            severity="warning",
            where=where,
            rule=rule.code,
            message="no active site that can do this work is in this circle",
            fix="Widen it, or take it out.",
        )
    without = [
        code
        for code in rule.when.channels or tuple(network.channels)
        if code in network.channels and not (mask & able & _open_to(code, network)).any()
    ]
    asked = rule.when.channels or tuple(network.channels)
    if without and (rule.when.channels or len(without) == len(asked)):
        return Finding(
            code="outside_pool",
            severity="warning",
            where=where,
            rule=rule.code,
            message=f"none of its sites may sell for {', '.join(without)}",
            fix="Add its sites to the channel's pool, have their owners agree, or choose others.",
            by=tuple(without),
        )
    return None


def _able(rule: Rule, network: NetworkSnapshot) -> Mask:
    if rule.when.methods == (Method.PICKUP,):
        return network.can[Capability.PICKUP]
    if rule.when.methods == (Method.SHIP,):
        return network.can[Capability.SHIP]
    return network.can[Capability.SHIP] | network.can[Capability.PICKUP]


def _open_to(code: str, network: NetworkSnapshot) -> Mask:
    pool = network.pool(network.channels[code])
    withheld = network.withheld_by_owner.get(code)
    return pool if withheld is None else pool & ~withheld


def _depends(sites: Sites) -> bool:
    return sites.within_km is not None or sites.pickable is not None


def _within(mask: Mask | None, other: Mask | None) -> bool:
    if other is None:
        return True
    return mask is not None and not bool((mask & ~other).any())


def _prices(document: StrategyDocument, rule: Rule, path: str) -> Iterator[Finding]:
    weights = with_weights(StrategyWeights(), {**document.weights, **rule.weights})
    preferences = [*document.preferences, *rule.preferences]
    gain = (
        -sum((min(Decimal(0), item.amount) for item in preferences), start=Decimal(0))
        * weights.owner
    )
    if gain > weights.extra_parcel and (rule.preferences or not document.preferences):
        where = f"{path}.preferences" if rule.preferences else "preferences"
        yield Finding(
            code="pays_to_split",
            severity="warning",
            where=where,
            rule=rule.code,
            message=(
                f"a parcel from a preferred site gains {gain}, more than the {weights.extra_parcel}"
                " that a further parcel counts: orders may be divided to earn it"
            ),
            fix="Prefer by less, let a further parcel count more, or limit the parcels.",
        )
    if rule.weights and weights.freight == 0 and weights.handling == 0:
        yield _free(f"{path}.weights", rule.code)


def _free(where: str, rule: str) -> Finding:
    return Finding(
        code="costs_ignored",
        severity="warning",
        where=where,
        rule=rule,
        message="neither carriage nor handling counts: the dearest parcel costs nothing",
        fix="Give freight or handling a weight above 0.",
    )


def _silent(rule: Rule, path: str) -> Iterator[Finding]:
    says = (
        rule.circles, rule.preferences, rule.fairness, rule.split, rule.weights, rule.nothing_fits,
    )  # fmt: skip
    if rule.go_on and not any(says):
        yield Finding(
            code="says_nothing",
            severity="warning",
            where=path,
            rule=rule.code,
            message="it changes nothing for its orders and leaves the decision to later rules",
            fix="Say what holds for its orders, or remove it.",
        )


def _whole(document: StrategyDocument) -> Iterator[Finding]:
    weights = with_weights(StrategyWeights(), document.weights)
    if weights.freight == 0 and weights.handling == 0:
        yield _free("weights", "")


def unmatched(document: StrategyDocument, counts: dict[str, int], orders: int) -> list[Finding]:
    """Return a finding for each rule that none of the last *orders* would have met."""
    if not orders:
        return []
    return [
        Finding(
            code="never_matched",
            severity="warning",
            where=f"rules[{number}]",
            rule=rule.code,
            message=f"none of the last {orders} orders would have met it",
            fix="Look at its conditions and at the rules above it; perhaps its time is to come.",
        )
        for number, rule in enumerate(document.rules)
        if rule.on and not counts.get(rule.code)
    ]

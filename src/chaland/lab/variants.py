"""A way to live through a period: today's, with what a variant changes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from chaland.availability.queries import compiled, stored_rules
from chaland.availability.types import RuleKind, RuleScope, StockRule
from chaland.availability.withholding import Withholding
from chaland.kernel.errors import FieldProblem, InvalidInputError
from chaland.lab.simulation import EnginePlayer, Scenario
from chaland.lab.types import Spec, Variant
from chaland.network.queries import snapshot
from chaland.network.types import LocationKind, NetworkSnapshot
from chaland.promise.engine import PromiseEngine
from chaland.promise.queries import services
from chaland.promise.types import CarrierServiceFacts, PriceRow, PromiseFacts, RateCardFacts
from chaland.sourcing import queries as sourcing
from chaland.sourcing.types import PolicyBook, StrategyVersion

Books = Callable[[datetime], PolicyBook]

TODAY = Variant(name="")
"""Nothing is different."""

BUFFER = "lab-buffer"


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """A scenario as a variant changes it, and the player that decides in it."""

    scenario: Scenario
    player: EnginePlayer


def way_of(variant: Variant, scenario: Scenario, *, now: datetime) -> Way:
    """Return *scenario* lived through as *variant* says; strategies are those known at *now*."""
    network = _network(variant, scenario.network)
    promise = scenario.promise
    if network is not scenario.network or variant.prices:
        promise = PromiseEngine(network, _facts(variant.prices, promise.facts))
    changed = replace(
        scenario,
        network=network,
        promise=promise,
        withholding=_withholding(variant, network, scenario, now=now),
    )
    return Way(changed, EnginePlayer(books=_books(variant, network, now)))


def check_variants(spec: Spec, *, now: datetime) -> None:
    """Raise InvalidInputError when a question names what does not exist.

    Raises NotFoundError for a strategy, or a version of one, that does not.
    """
    network = snapshot()
    sites, carriers = set(network.by_code), {service.code for service in services()}
    named = [("channels", "channel", spec.channels, set(network.channels))]
    for number, variant in enumerate(spec.variants):
        field = f"variants[{number}]"
        named.append((f"{field}.closed", "location", variant.closed, sites))
        named.append((f"{field}.capacity", "location", tuple(variant.capacity), sites))
        named.append((f"{field}.prices", "service", tuple(variant.prices), carriers))
        if variant.strategy:
            sourcing.version_to_try(variant.strategy, variant.version, now=now)
    if spec.spans:
        sourcing.version_to_try(spec.strategy, None, now=now)
    problems = [
        FieldProblem(field, "unknown", f"there is no {what} {code!r}", "Send one that exists.")
        for field, what, codes, known in named
        for code in codes
        if code not in known
    ]
    if problems:
        raise InvalidInputError(problems)


def _network(variant: Variant, network: NetworkSnapshot) -> NetworkSnapshot:
    if not (variant.closed or variant.capacity):
        return network
    active, capacity = network.active.copy(), network.daily_capacity.copy()
    for code in variant.closed:
        active[network.by_code[code]] = False
    for code, orders in variant.capacity.items():
        capacity[network.by_code[code]] = orders
    locations = tuple(
        replace(item, active=bool(active[item.index]), daily_capacity=int(capacity[item.index]))
        if item.code in variant.capacity or item.code in variant.closed
        else item
        for item in network.locations
    )
    return replace(network, active=active, daily_capacity=capacity, locations=locations)


def _facts(prices: Mapping[str, Decimal], facts: PromiseFacts) -> PromiseFacts:
    changed = tuple(
        replace(service, tariff=_dearer(service, prices[service.code]))
        if service.code in prices
        else service
        for service in facts.services
    )
    cards = {
        code: tuple(_dearer_card(card, prices.get(code, Decimal(1))) for card in found)
        for code, found in facts.cards.items()
    }
    by_code = {item.code: item for item in changed}
    return replace(facts, services=changed, by_code=by_code, cards=cards)


def _dearer_card(card: RateCardFacts, factor: Decimal) -> RateCardFacts:
    return replace(card, rows=tuple(replace(row, price=row.price * factor) for row in card.rows))


def _dearer(service: CarrierServiceFacts, factor: Decimal) -> tuple[PriceRow, ...]:
    return tuple(
        replace(row, bands=tuple(replace(band, price=band.price * factor) for band in row.bands))
        for row in service.tariff
    )


def _withholding(
    variant: Variant, network: NetworkSnapshot, scenario: Scenario, *, now: datetime
) -> Withholding:
    """Return what channels may not sell, with the network's changes and the variant's buffer."""
    rules = [stored.rule for stored in stored_rules()]
    if variant.buffer is not None:
        shops = tuple(item.code for item in network.locations if item.kind is LocationKind.STORE)
        rules.insert(
            0,
            StockRule(
                code=BUFFER,
                name="",
                kind=RuleKind.SAFETY_STOCK,
                scope=RuleScope(locations=shops),
                units=variant.buffer,
                priority=-1,
            ),
        )
    elif network is scenario.network:
        return scenario.withholding
    return compiled(network, rules, now)


def _books(variant: Variant, network: NetworkSnapshot, now: datetime) -> Books:
    if not (variant.strategy or variant.weights):
        today = sourcing.policies(network, now=now)
        return lambda moment: _at(today, moment)
    version = sourcing.version_to_try(variant.strategy or "default", variant.version, now=now)
    book = sourcing.book_of(with_weights(version, variant.weights), network, now=now)
    return book.at


def with_weights(version: StrategyVersion, weights: Mapping[str, Decimal]) -> StrategyVersion:
    """Return a version with other weights in place of its own."""
    document = replace(version.document, weights={**version.document.weights, **weights})
    return replace(version, document=document)


def _at(book: PolicyBook, moment: datetime) -> PolicyBook:
    moved: Books | None = getattr(book, "at", None)
    return book if moved is None else moved(moment)

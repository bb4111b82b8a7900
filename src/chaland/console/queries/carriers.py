"""What the screens about carriers show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chaland.console import wording
from chaland.kernel.ids import to_public
from chaland.promise import queries
from chaland.promise.types import (
    CarrierServiceFacts,
    OriginKind,
    RateCardFacts,
    RateRow,
)


@dataclass(frozen=True, slots=True)
class CarrierRow:
    """One service in the list."""

    service: CarrierServiceFacts
    kind: str
    cards: int
    planned: int


@dataclass(frozen=True, slots=True)
class CardLink:
    """A rate card to look at; ``state`` is ``planned`` before its first day."""

    id: str
    valid_from: date
    origin: str
    prices: int
    state: str


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One price, with the length of its bar beside the highest (0 to 100)."""

    areas: str
    weight: Decimal
    up_to_km: int | None
    price: Decimal
    bar: int


@dataclass(frozen=True, slots=True)
class ServicePage:
    """One service, its rate cards and the prices of the one that is looked at."""

    service: CarrierServiceFacts
    kind: str
    cards: list[CardLink]
    shown: CardLink | None
    prices: list[PriceLine]


def carrier_rows(today: date) -> list[CarrierRow]:
    """Return every service by code, with how many rate cards it has and how many are to come."""
    cards: dict[str, list[RateCardFacts]] = {}
    for card in queries.rate_cards():
        cards.setdefault(card.service_code, []).append(card)
    rows = []
    for service in queries.services():
        own = cards.get(service.code, [])
        planned = sum(card.valid_from > today for card in own)
        rows.append(CarrierRow(service, _kind(service), len(own), planned))
    return rows


def service_page(code: str, card_id: str, today: date) -> ServicePage:
    """Return one service; of its cards the one with *card_id*, or the latest for all in force.

    Raises NotFoundError for an unknown service.
    """
    service = queries.service(code)
    found = {to_public(queries.CARD_PREFIX, card.id): card for card in queries.rate_cards(code)}
    links = {name: _link(name, card, today) for name, card in found.items()}
    in_force = [
        name
        for name, card in found.items()
        if card.origin_kind is OriginKind.ALL and card.valid_from <= today
    ]
    shown = card_id if card_id in found else (in_force[-1] if in_force else "")
    rows = found[shown].rows if shown else queries.own_rates(service)
    return ServicePage(
        service=service,
        kind=_kind(service),
        cards=list(links.values()),
        shown=links.get(shown),
        prices=_lines(rows),
    )


def _kind(service: CarrierServiceFacts) -> str:
    return wording.label("service_kind", service.kind.value)


def _link(name: str, card: RateCardFacts, today: date) -> CardLink:
    state = "planned" if card.valid_from > today else "started"
    return CardLink(name, card.valid_from, card.origin, len(card.rows), state)


def _lines(rows: Sequence[RateRow]) -> list[PriceLine]:
    highest = max((row.price for row in rows), default=Decimal(0)) or Decimal(1)
    return [
        PriceLine(
            areas=" ".join(map(str, row.areas)),
            weight=Decimal(row.max_weight_grams) / 1000,
            up_to_km=row.up_to_km,
            price=row.price,
            bar=int(100 * row.price / highest),
        )
        for row in rows
    ]

"""Reads: the carriers' services, and the engine that works with them, kept in memory."""

import threading
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Any, TypeGuard
from uuid import UUID

from chaland.database.revision import read_revisions
from chaland.database.statements import fetch_all
from chaland.kernel.errors import NotFoundError
from chaland.network.types import NetworkSnapshot
from chaland.promise.engine import PromiseEngine
from chaland.promise.models import (
    CarrierService,
    DeliveryPriceTable,
    LearnedPromises,
    PromiseRisk,
    PromiseTerms,
    RateCard,
)
from chaland.promise.rules import delivery_prices as rules
from chaland.promise.rules.carriage import own_rows
from chaland.promise.rules.forms import (
    card_form,
    charges_of,
    delivery_form,
    delivery_rows_of,
    rows_of,
    service_form,
    tariff_of,
    transit_of,
)
from chaland.promise.rules.learned import Learned
from chaland.promise.rules.rate_cards import LineProblem, changes_between, read_table
from chaland.promise.rules.reliability import grouped
from chaland.promise.types import (
    CarrierServiceDraft,
    CarrierServiceFacts,
    DeliveryPrices,
    DeliveryPricesDraft,
    OriginKind,
    PromiseFacts,
    RateCardDraft,
    RateCardFacts,
    RateChange,
    RateRow,
    Reliability,
    ServiceKind,
    StoredTerms,
)

REVISION = "promise"
MOST_RISKS = 1000
LONGEST_WAY = timedelta(days=60)
"""Nobody is promised anything for later than this after the order."""
_RELIABILITY = files("chaland.promise.sql").joinpath("reliability.sql").read_text("utf-8")
CARD_PREFIX = "rcd"

_building = threading.Lock()
_latest: PromiseEngine | None = None
_learned: tuple[int, Learned] | None = None


def engine(network: NetworkSnapshot, revision: int | None = None) -> PromiseEngine:
    """Return the engine for *network* and the present services; it is shared by all threads.

    *revision* is what ``read_revisions().get("promise", 0)`` said in this transaction; without
    it, one small query asks.
    """
    global _latest  # noqa: PLW0603 - one engine for the process
    if revision is None:
        revision = read_revisions().get(REVISION, 0)
    current = _latest
    if _is_current(current, network, revision):
        return current
    with _building:
        current = _latest
        if not _is_current(current, network, revision):
            current = _latest = PromiseEngine(network, _facts(revision), learned())
        return current


def learned() -> Learned | None:
    """Return what was learned last, if anything was; kept in memory with what follows from it."""
    global _learned  # noqa: PLW0603 - one for the process
    newest = LearnedPromises.objects.order_by("-id").values_list("id", flat=True).first()
    if newest is None:
        return None
    known = _learned
    if known is None or known[0] != newest:
        row = LearnedPromises.objects.get(id=newest)
        known = _learned = newest, Learned.of(row.learned_at, row.observations, row.state)
    return known[1]


def reliability(
    *,
    now: datetime,
    weeks: int,
    channel: str = "",
    basis: str = "",
    sites: Sequence[str] | None = None,
) -> Reliability:
    """Return how many promises that fell due in the last *weeks* were kept; two queries.

    *sites* are the codes of the locations to look at (None: all of them).
    """
    since = now - timedelta(weeks=weeks)
    rows = fetch_all(
        _RELIABILITY,
        {
            "until": now,
            "since": since,
            "ordered": since - LONGEST_WAY,
            "channel": channel,
            "basis": basis,
            "sites": None if sites is None else list(sites),
        },
    )
    groups = grouped(rows)
    known = learned()
    whole = groups.get("whole", ())
    return Reliability(
        whole=whole[0] if whole else None,
        levels=groups.get("level", ()),
        weeks=groups.get("week", ()),
        channels=groups.get("channel", ()),
        sites=groups.get("site", ()),
        carriers=groups.get("carrier", ()),
        lanes=groups.get("lane", ()),
        risk_factor=1.0 if known is None else known.risk_factor,
        learned_at=None if known is None else known.as_of,
        learned_from=0 if known is None else known.observations,
    )


def told_risks(ids: Collection[UUID]) -> set[UUID]:
    """Return which of these parts of orders were told to be at risk; one query."""
    return set(PromiseRisk.objects.filter(id__in=ids).values_list("id", flat=True))


def renewed_latest(order_id: UUID) -> datetime | None:
    """Return the day that the customer of an order was told instead, if any; one query."""
    rows = PromiseRisk.objects.filter(order_id=order_id, outcome="renewed")
    return rows.order_by("-renewed_latest").values_list("renewed_latest", flat=True).first()


def risks_since(moment: datetime) -> list[UUID]:
    """Return the parts of orders told to be at risk since, and not moved, newest first."""
    rows = PromiseRisk.objects.filter(told_at__gte=moment).exclude(outcome="elsewhere")
    return list(rows.order_by("-told_at", "id").values_list("id", flat=True)[:MOST_RISKS])


def services(*, after: str = "", limit: int | None = None) -> list[CarrierServiceFacts]:
    """Return the carriers' services, active or not, by code; at most *limit* *after* a code."""
    rows = CarrierService.objects.select_related("carrier").order_by("code")
    return [_service(row) for row in rows.filter(code__gt=after)[:limit]]


def service_version(code: str) -> int:
    """Return the version of the service called *code*; 0 when there is none."""
    found = CarrierService.objects.filter(code=code).values_list("version", flat=True).first()
    return found or 0


def form_of(service: CarrierServiceDraft) -> dict[str, Any]:
    """Return a service as the JSON that the API and the audit log show."""
    return service_form(service)


def service(code: str) -> CarrierServiceFacts:
    """Return the carrier's service called *code*. Raises NotFoundError."""
    row = CarrierService.objects.select_related("carrier").filter(code=code).first()
    if row is None:
        raise NotFoundError("carrier service", code)
    return _service(row)


def rate_cards(service_code: str | None = None) -> list[RateCardFacts]:
    """Return the rate cards of a service, or of all: by service, from the earliest day on."""
    rows = RateCard.objects.select_related("service").order_by(
        "service__code", "valid_from", "origin_kind", "origin"
    )
    if service_code is not None:
        rows = rows.filter(service__code=service_code)
    return [_card(row) for row in rows]


def rate_card_page(
    *, service_code: str | None, after: UUID | None, limit: int
) -> list[RateCardFacts]:
    """Return at most *limit* rate cards, the newest ones last, *after* one of them."""
    rows = RateCard.objects.select_related("service").order_by("id")
    if service_code is not None:
        rows = rows.filter(service__code=service_code)
    if after is not None:
        rows = rows.filter(id__gt=after)
    return [_card(row) for row in rows[:limit]]


def delivery_prices(*, after: str = "", limit: int | None = None) -> list[DeliveryPrices]:
    """Return the tables of what customers pay, by code; at most *limit* *after* a code."""
    rows = DeliveryPriceTable.objects.filter(code__gt=after).order_by("code")[:limit]
    return [
        DeliveryPrices(
            code=row.code,
            method=row.method,
            channel=row.channel,
            service=row.service,
            rows=delivery_rows_of(row.rows),
            version=row.version,
        )
        for row in rows
    ]


def delivery_price(
    facts: PromiseFacts,
    *,
    method: str,
    channel: str,
    service: str,
    country: str,
    postal_code: str,
    value: Decimal,
    weight_grams: int,
) -> Decimal | None:
    """Return what the customer pays for delivery; None where no table says it."""
    return rules.delivery_price(
        facts.delivery_prices,
        method=method,
        channel=channel,
        service=service,
        country=country,
        postal_code=postal_code,
        value=value,
        weight_grams=weight_grams,
    )


def terms(*, after: str = "", limit: int | None = None) -> list[StoredTerms]:
    """Return the terms of promises by code; at most *limit* *after* a code."""
    rows = PromiseTerms.objects.filter(code__gt=after).order_by("code")[:limit]
    return [
        StoredTerms(
            code=row.code,
            channel=row.channel,
            location=row.location,
            confidence=row.confidence,
            answer_minutes=row.answer_minutes,
            most_refusals=row.most_refusals,
            at_risk_below=row.at_risk_below,
            version=row.version,
        )
        for row in rows
    ]


def form_of_delivery(table: DeliveryPricesDraft) -> dict[str, Any]:
    """Return a table of delivery prices as the JSON that the API and the audit log show."""
    return delivery_form(table)


def form_of_card(card: RateCardDraft) -> dict[str, Any]:
    """Return a rate card as the JSON that the API and the audit log show."""
    return card_form(card)


def rate_changes(draft: RateCardDraft) -> list[RateChange]:
    """Return what *draft* would change of the card in force for its origin on its first day."""
    before: RateCardFacts | None = None
    for card in rate_cards(draft.service_code):
        same = (card.origin_kind, card.origin) == (draft.origin_kind, draft.origin)
        if same and card.valid_from <= draft.valid_from:
            before = card
    return changes_between(() if before is None else before.rows, draft.rows)


def own_rates(service: CarrierServiceDraft) -> tuple[RateRow, ...]:
    """Return a service's own tariff as the rows of a card for everywhere."""
    return own_rows(service)


def read_rate_table(text: str) -> tuple[tuple[RateRow, ...], list[LineProblem]]:
    """Read a rate card from CSV: its prices, and what is wrong with them line by line."""
    return read_table(text)


def _is_current(
    known: PromiseEngine | None, network: NetworkSnapshot, revision: int
) -> TypeGuard[PromiseEngine]:
    return known is not None and known.network is network and known.facts.revision == revision


def _facts(revision: int) -> PromiseFacts:
    found = tuple(sorted(services(), key=lambda item: item.id))
    cards: dict[str, tuple[RateCardFacts, ...]] = {}
    for card in rate_cards():
        cards[card.service_code] = (*cards.get(card.service_code, ()), card)
    return PromiseFacts(
        revision=revision,
        services=found,
        by_code={item.code: item for item in found},
        cards=cards,
        delivery_prices=tuple(delivery_prices()),
        terms=tuple(terms()),
    )


def _service(row: CarrierService) -> CarrierServiceFacts:
    return CarrierServiceFacts(
        id=row.id,
        version=row.version,
        code=row.code,
        name=row.name,
        carrier_code=row.carrier.code,
        carrier_name=row.carrier.name,
        kind=ServiceKind(row.kind),
        collection_weekdays=tuple(row.collection_weekdays),
        last_collection=row.last_collection,
        delivery_weekdays=tuple(row.delivery_weekdays),
        delivers_on_holidays=row.delivers_on_holidays,
        delivery_from=row.delivery_from,
        delivery_until=row.delivery_until,
        transit_bands=transit_of(row.transit),
        tariff=tariff_of(row.tariff),
        countries=tuple(row.countries),
        co2_grams_per_kg_km=row.co2_grams_per_kg_km,
        stated_confidence=row.stated_confidence,
        active=row.active,
        charges=charges_of(row.charges),
        refused_restrictions=tuple(row.refused_restrictions),
    )


def _card(row: RateCard) -> RateCardFacts:
    return RateCardFacts(
        id=row.id,
        version=row.version,
        service_code=row.service.code,
        valid_from=row.valid_from,
        origin_kind=OriginKind(row.origin_kind),
        origin=row.origin,
        rows=rows_of(row.rows),
    )

"""Writes of rate cards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.database.revision import bump_revision
from chaland.kernel.actor import Actor
from chaland.kernel.errors import FieldProblem, InvalidInputError, NotFoundError
from chaland.kernel.ids import new_uuid, to_public
from chaland.kernel.outcomes import OutcomeStatus, WriteOutcome
from chaland.network.queries import snapshot
from chaland.network.types import NetworkSnapshot
from chaland.outbox.operations import publish
from chaland.promise.events import RateCardChanged
from chaland.promise.models import CarrierService, RateCard
from chaland.promise.operations.services import lock_services, refuse_unless_whole_group
from chaland.promise.queries import CARD_PREFIX, REVISION, rate_cards
from chaland.promise.rules.forms import card_form, rows_form
from chaland.promise.rules.rate_cards import card_problems, changes_between
from chaland.promise.types import OriginKind, RateCardDraft, RateCardFacts

_Key = tuple[str, OriginKind, str, str]


@dataclass(frozen=True, slots=True)
class _Change:
    id: UUID
    draft: RateCardDraft
    before: RateCardFacts | None
    version: int
    removed: bool = False


def put_rate_cards(
    *, drafts: Sequence[RateCardDraft], now: datetime, actor: Actor, reason: str = ""
) -> list[WriteOutcome]:
    """Write rate cards, each in the place of the one for the same service, origin and day.

    A bad card is rejected alone. The outcomes' codes are the cards' public ids, empty when
    rejected. Raises DomainError (403) when the actor is limited to some organisations.
    """
    refuse_unless_whole_group(actor)
    lock_services()
    services = dict(
        CarrierService.objects.filter(code__in={item.service_code for item in drafts}).values_list(
            "code", "id"
        )
    )
    stored = {_key(card): card for code in services for card in rate_cards(code)}
    network = snapshot()
    outcomes: list[WriteOutcome] = []
    changes: dict[_Key, _Change] = {}
    for draft in drafts:
        problems = [*_unknown(draft, services, network), *card_problems(draft)]
        if _key(draft) in changes:
            problems.append(
                FieldProblem("valid_from", "repeated", "the card is given twice", "Send it once.")
            )
        if problems:
            refusal = InvalidInputError(problems)
            outcomes.append(WriteOutcome(code="", status="rejected", problem=refusal))
            continue
        known = stored.get(_key(draft))
        card_id = new_uuid() if known is None else known.id
        public = to_public(CARD_PREFIX, card_id)
        if known is not None and card_form(known) == card_form(draft):
            outcomes.append(WriteOutcome(code=public, status="unchanged", version=known.version))
            continue
        version = 1 if known is None else known.version + 1
        status: OutcomeStatus = "created" if known is None else "updated"
        outcomes.append(WriteOutcome(code=public, status=status, version=version))
        changes[_key(draft)] = _Change(card_id, draft, known, version)
    if changes:
        RateCard.objects.bulk_create(
            [_row(change, services[change.draft.service_code]) for change in changes.values()],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["rows", "version"],
        )
        _tell(list(changes.values()), now=now, actor=actor, reason=reason)
    return outcomes


def remove_rate_cards(
    *, card_ids: Sequence[UUID], now: datetime, actor: Actor, reason: str = ""
) -> None:
    """Take rate cards away; what holds without them is in force at once.

    Raises NotFoundError for the first that does not exist: then none is removed; and DomainError
    (403) when the actor is limited to some organisations.
    """
    refuse_unless_whole_group(actor)
    lock_services()
    stored = {card.id: card for card in rate_cards()}
    for card_id in card_ids:
        if card_id not in stored:
            raise NotFoundError("rate card", to_public(CARD_PREFIX, card_id))
    RateCard.objects.filter(id__in=card_ids).delete()
    changes = [
        _Change(card_id, stored[card_id], stored[card_id], stored[card_id].version, removed=True)
        for card_id in card_ids
    ]
    _tell(changes, now=now, actor=actor, reason=reason)


def _key(card: RateCardDraft) -> _Key:
    return card.service_code, card.origin_kind, card.origin, card.valid_from.isoformat()


def _unknown(
    draft: RateCardDraft, services: dict[str, int], network: NetworkSnapshot
) -> list[FieldProblem]:
    """Return what *draft* names that does not exist."""
    problems = []
    if draft.service_code not in services:
        message = f"there is no carrier service {draft.service_code!r}"
        fix = "Send the code of a carrier service."
        problems.append(FieldProblem("service", "unknown_service", message, fix))
    known = {
        OriginKind.ALL: {""},
        OriginKind.GROUP: set(network.groups),
        OriginKind.LOCATION: set(network.by_code),
    }[draft.origin_kind]
    if draft.origin not in known:
        message = f"there is no {draft.origin_kind.value} {draft.origin!r}"
        fix = "Send the code of a location, or of a location group, or none for all sites."
        problems.append(FieldProblem("origin", "unknown_origin", message, fix))
    return problems


def _row(change: _Change, service_id: int) -> RateCard:
    draft = change.draft
    return RateCard(
        id=change.id,
        service_id=service_id,
        valid_from=draft.valid_from,
        origin_kind=draft.origin_kind.value,
        origin=draft.origin,
        rows=rows_form(draft.rows),
        version=change.version,
    )


def _tell(changes: Sequence[_Change], *, now: datetime, actor: Actor, reason: str) -> None:
    record_audit(
        [
            AuditFact(
                actor=actor,
                action="promise.remove_rate_card" if change.removed else "promise.put_rate_card",
                entity_type="rate_card",
                entity_id=to_public(CARD_PREFIX, change.id),
                at=now,
                before=None if change.before is None else card_form(change.before),
                after=None if change.removed else card_form(change.draft),
                reason=reason,
            )
            for change in changes
        ]
    )
    publish([_event(change, now) for change in changes], actor=actor)
    bump_revision(REVISION)


def _event(change: _Change, now: datetime) -> RateCardChanged:
    draft = change.draft
    before = () if change.before is None else change.before.rows
    changed = changes_between(before, () if change.removed else draft.rows)
    word = "removed" if change.removed else "created" if change.before is None else "updated"
    return RateCardChanged(
        occurred_at=now,
        stream=f"carrier_service:{draft.service_code}",
        subject=to_public(CARD_PREFIX, change.id),
        change=word,
        service=draft.service_code,
        valid_from=draft.valid_from.isoformat(),
        origin_kind=draft.origin_kind.value,
        origin=draft.origin,
        changed_prices=len(changed),
        version=change.version,
    )

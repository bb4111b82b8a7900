"""Writes of what customers pay for delivery."""

from collections.abc import Sequence
from datetime import datetime

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.database.revision import bump_revision
from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError, FieldProblem, InvalidInputError, NotFoundError
from chaland.kernel.outcomes import OutcomeStatus, WriteOutcome
from chaland.network.queries import snapshot
from chaland.outbox.operations import publish
from chaland.promise.events import DeliveryPricesChanged
from chaland.promise.models import DeliveryPriceTable
from chaland.promise.operations.services import lock_services, refuse_unless_whole_group
from chaland.promise.queries import REVISION, delivery_prices, services
from chaland.promise.rules.delivery_prices import delivery_price_problems
from chaland.promise.rules.forms import Form, delivery_form
from chaland.promise.types import DeliveryPricesDraft


def put_delivery_prices(
    *, drafts: Sequence[DeliveryPricesDraft], now: datetime, actor: Actor, reason: str = ""
) -> list[WriteOutcome]:
    """Make tables of delivery prices, or bring those whose code exists to the draft's values.

    A bad table is rejected alone. Raises DomainError (403) when the actor is limited to some
    organisations.
    """
    refuse_unless_whole_group(actor)
    lock_services()
    stored = {item.code: item for item in delivery_prices()}
    fields = {(item.method, item.channel, item.service): item.code for item in stored.values()}
    known_services = {item.code for item in services()}
    outcomes: list[WriteOutcome] = []
    for draft in drafts:
        known = stored.get(draft.code)
        before = None if known is None else delivery_form(known)
        version = 0 if known is None else known.version
        problem = _problem(draft, fields, known_services)
        if problem is not None:
            outcome = WriteOutcome(
                code=draft.code, status="rejected", version=version, problem=problem
            )
        elif before == delivery_form(draft):
            outcome = WriteOutcome(code=draft.code, status="unchanged", version=version)
        else:
            status: OutcomeStatus = "created" if known is None else "updated"
            outcome = WriteOutcome(code=draft.code, status=status, version=version + 1)
            fields[draft.method, draft.channel, draft.service] = draft.code
            _write(draft, version + 1)
            _tell(draft.code, before, delivery_form(draft), version + 1, now, actor, reason)
        outcomes.append(outcome)
    return outcomes


def remove_delivery_prices(*, codes: Sequence[str], now: datetime, actor: Actor) -> None:
    """Take tables away. Raises NotFoundError for the first that does not exist: none is removed."""
    refuse_unless_whole_group(actor)
    lock_services()
    stored = {item.code: item for item in delivery_prices()}
    for code in codes:
        if code not in stored:
            raise NotFoundError("delivery price table", code)
    DeliveryPriceTable.objects.filter(code__in=codes).delete()
    for code in codes:
        _tell(code, delivery_form(stored[code]), None, stored[code].version, now, actor, "")


def _problem(
    draft: DeliveryPricesDraft,
    fields: dict[tuple[str, str, str], str],
    known_services: set[str],
) -> DomainError | None:
    problems = list(delivery_price_problems(draft))
    if draft.channel and draft.channel not in snapshot().channels:
        message = f"there is no channel {draft.channel!r}"
        fix = "Send a channel's code, or none for any."
        problems.append(FieldProblem("channel", "unknown_channel", message, fix))
    if draft.service and draft.service not in known_services:
        message = f"there is no carrier service {draft.service!r}"
        fix = "Send a carrier service's code, or none for any."
        problems.append(FieldProblem("service", "unknown_service", message, fix))
    holder = fields.get((draft.method, draft.channel, draft.service), draft.code)
    if holder != draft.code:
        problems.append(
            FieldProblem("code", "taken", f"table {holder} is for the same", f"Change {holder}.")
        )
    return InvalidInputError(problems) if problems else None


def _write(draft: DeliveryPricesDraft, version: int) -> None:
    form = delivery_form(draft)
    values = {name: form[name] for name in ("method", "channel", "service", "rows")}
    DeliveryPriceTable.objects.update_or_create(
        code=draft.code, defaults={**values, "version": version}
    )


def _tell(
    code: str,
    before: Form | None,
    after: Form | None,
    version: int,
    now: datetime,
    actor: Actor,
    reason: str,
) -> None:
    change = "removed" if after is None else "created" if before is None else "updated"
    record_audit(
        [
            AuditFact(
                actor=actor,
                action=f"promise.{'remove' if after is None else 'put'}_delivery_prices",
                entity_type="delivery_prices",
                entity_id=code,
                at=now,
                before=before,
                after=after,
                reason=reason,
            )
        ]
    )
    publish(
        [
            DeliveryPricesChanged(
                occurred_at=now,
                stream=f"delivery_prices:{code}",
                subject=code,
                change=change,
                version=version,
            )
        ],
        actor=actor,
    )
    bump_revision(REVISION)

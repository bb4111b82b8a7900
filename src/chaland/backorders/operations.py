"""Writes: what may be promised of the future, and the promises themselves."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.backorders import rules
from chaland.backorders.events import BackorderClosed, BackorderPromised, FutureSaleChanged
from chaland.backorders.models import Backorder
from chaland.backorders.models import FutureSale as FutureSaleRow
from chaland.backorders.queries import (
    Horizon,
    Prospect,
    backorders,
    future_sales,
    prospects,
    sales_of,
)
from chaland.backorders.types import (
    LONGEST_HORIZON_DAYS,
    PREFIX,
    BackorderRequest,
    BackorderState,
    BackorderView,
    FutureSale,
    NotPromisableError,
)
from chaland.catalog.queries import sku_facts
from chaland.catalog.types import SkuFacts
from chaland.database.statements import execute
from chaland.kernel.actor import Actor
from chaland.kernel.errors import ConflictError, FieldProblem, InvalidInputError, NotFoundError
from chaland.kernel.ids import to_public
from chaland.kernel.outcomes import OutcomeStatus, WriteOutcome
from chaland.network.operations import refuse_unless_whole_group
from chaland.network.queries import snapshot
from chaland.outbox.operations import publish

# Arbitrary numbers to pg_advisory_xact_lock: writers of future sales; promises of one SKU.
_SALES_LOCK, _PROMISE_CLASS = 6_700_431, 6_700_432


def lock_future_sales() -> None:
    """Wait until nobody else writes future sales, and keep others waiting until the commit."""
    execute("SELECT pg_advisory_xact_lock(%s)", [_SALES_LOCK])


def upsert_future_sales(
    *, drafts: Sequence[FutureSale], now: datetime, actor: Actor, reason: str = ""
) -> list[WriteOutcome]:
    """Make future sales, or bring those whose code exists to the draft's values.

    A bad item is rejected alone. Raises DomainError (403) when the actor is limited to some
    organisations.
    """
    refuse_unless_whole_group(actor)
    lock_future_sales()
    stored = {item.sale.code: item for item in future_sales(codes=[item.code for item in drafts])}
    named = {code for draft in drafts for code in draft.skus}
    unknown = named - sku_facts(named).keys()
    channels = snapshot().channels.keys()
    outcomes = []
    for draft in drafts:
        problems = rules.sale_problems(
            draft, channels=channels, unknown_skus=sorted(unknown & set(draft.skus))
        )
        known = stored.get(draft.code)
        if problems:
            refusal = InvalidInputError(problems)
            outcomes.append(WriteOutcome(code=draft.code, status="rejected", problem=refusal))
        elif known is not None and known.sale == draft:
            outcomes.append(
                WriteOutcome(code=draft.code, status="unchanged", version=known.version)
            )
        else:
            version = 1 if known is None else known.version + 1
            _write_sale(draft, version, now)
            _tell_sale(None if known is None else known.sale, draft, version, now, actor, reason)
            status: OutcomeStatus = "created" if known is None else "updated"
            outcomes.append(WriteOutcome(code=draft.code, status=status, version=version))
    return outcomes


def promise_backorders(
    *,
    channel: str,
    requests: Sequence[BackorderRequest],
    zone: ZoneInfo,
    now: datetime,
    actor: Actor,
) -> list[BackorderView]:
    """Promise units that are not there, all requests or none; the answer keeps their order.

    Promises of one SKU wait for each other, so that two never take the same unit of a limit or of
    a delivery. A request whose (channel, reference, SKU) is known is answered with what was
    promised then. Raises NotPromisableError with every shortage, InvalidInputError for unknown
    codes, ConflictError ``reference_reused`` for a known reference with another quantity, and
    DomainError (403) when the actor is limited to some organisations.
    """
    refuse_unless_whole_group(actor)
    network = snapshot()
    skus = sku_facts({item.sku for item in requests})
    _refuse_unknown(channel, requests, skus, network.channels.keys())
    ids = sorted({skus[item.sku].id for item in requests})
    for sku_id in ids:
        execute("SELECT pg_advisory_xact_lock(%s, %s)", [_PROMISE_CLASS, sku_id])
    channel_id = network.channels[channel].id
    known = _known(channel_id, requests)
    fresh = [item for item in requests if (item.reference, item.sku) not in known]
    sales = sales_of(channel, ids, now)
    horizon = Horizon.of(now, LONGEST_HORIZON_DAYS, zone)
    desk = _Desk(prospects(channel, ids, network, horizon, now=now), sales, horizon)
    rows: list[Backorder] = []
    short: list[Mapping[str, object]] = []
    for item in fresh:
        sku_id = skus[item.sku].id
        due, left = desk.take(sku_id, item.quantity)
        if left is None:
            rows.append(_row(item, sales[sku_id], sku_id, channel_id, due, now))
        else:
            short.append({"sku": item.sku, "wanted": item.quantity, "promisable": left})
    if short:
        raise NotPromisableError("not_promisable", short)
    Backorder.objects.bulk_create(rows)
    ids_of = [known.get((item.reference, item.sku), item.backorder_id) for item in requests]
    views = {view.id: view for view in backorders(ids=ids_of, limit=len(ids_of))}
    _tell_promised([views[row.id] for row in rows], now, actor)
    return [views[identifier] for identifier in ids_of]


def _row(
    item: BackorderRequest,
    sale: FutureSale,
    sku_id: int,
    channel_id: int,
    due: date | None,
    now: datetime,
) -> Backorder:
    return Backorder(
        id=item.backorder_id,
        channel_id=channel_id,
        sku_id=sku_id,
        reference=item.reference,
        quantity=item.quantity,
        kind=sale.kind.value,
        sale=sale.code,
        due=due,
        created_at=now,
    )


def close_backorders(
    *, ids: Collection[UUID], state: BackorderState, now: datetime, actor: Actor
) -> list[BackorderView]:
    """Fill back-orders (their units are reserved by orders now) or cancel them, all or none.

    Raises NotFoundError for an unknown one, ConflictError ``backorder_closed`` for a closed one,
    DomainError (403) when the actor is limited to some organisations.
    """
    refuse_unless_whole_group(actor)
    rows = {
        row.id: row
        for row in Backorder.objects.select_for_update(of=("self",))
        .filter(id__in=ids)
        .order_by("id")
    }
    for identifier in ids:
        row = rows.get(identifier)
        if row is None:
            raise NotFoundError("back-order", to_public(PREFIX, identifier))
        if row.closed_at is not None:
            raise ConflictError(
                "backorder_closed",
                f"{to_public(PREFIX, identifier)} is {row.state} already.",
                fix="Read the back-order again: somebody else has dealt with it.",
            )
    Backorder.objects.filter(id__in=ids).update(state=state.value, closed_at=now)
    views = backorders(ids=ids, limit=len(ids))
    publish(
        [
            BackorderClosed(
                occurred_at=now,
                stream=to_public(PREFIX, view.id),
                subject=to_public(PREFIX, view.id),
                channel=view.channel,
                reference=view.reference,
                sku=view.sku,
                quantity=view.quantity,
                state=state.value,
            )
            for view in views
        ],
        actor=actor,
    )
    record_audit([_fact(view, f"backorders.{state}", now, actor) for view in views])
    return views


class _Desk:
    """What may be promised on one channel while requests are decided one after the other."""

    def __init__(
        self, known: Mapping[int, Prospect], sales: Mapping[int, FutureSale], horizon: Horizon
    ) -> None:
        self._known, self._sales, self._horizon = known, sales, horizon
        self._promised: dict[int, list[rules.DayUnits]] = {}
        self._taken: Counter[int] = Counter()

    def take(self, sku_id: int, quantity: int) -> tuple[date | None, int | None]:
        """Return the day on which the units are due (None: unknown), or how many there are.

        The second is None when they are promised.
        """
        sale = self._sales.get(sku_id)
        if sale is None:
            return None, 0
        prospect = self._known[sku_id]
        taken = prospect.taken + self._taken[sku_id]
        if sale.limit is not None and taken + quantity > sale.limit:
            return None, max(0, sale.limit - taken)
        spare = self._spare(sku_id, prospect)[: sale.horizon_days + 1]
        first = self._first_day(sale)
        day = rules.first_day(spare, quantity, not_before=first)
        if day is None and sale.needs_supply:
            return None, max(spare[first:], default=0)
        self._taken[sku_id] += quantity
        if day is None:
            return None, None
        self._promised.setdefault(sku_id, []).append((day, quantity))
        return self._horizon.today + timedelta(days=day), None

    def _spare(self, sku_id: int, prospect: Prospect) -> list[int]:
        dues = [*prospect.dues, *self._promised.get(sku_id, ())]
        return rules.promisable(prospect.now, prospect.arrivals, dues, self._horizon.days)

    def _first_day(self, sale: FutureSale) -> int:
        if sale.not_before is None:
            return 0
        return max(0, (sale.not_before - self._horizon.today).days)


def _refuse_unknown(
    channel: str,
    requests: Sequence[BackorderRequest],
    skus: Mapping[str, SkuFacts],
    channels: Collection[str],
) -> None:
    problems = []
    if channel not in channels:
        problems.append(
            FieldProblem(
                "channel",
                "unknown_channel",
                f"there is no channel {channel!r}",
                "Send the code of a channel.",
            )
        )
    for place, item in enumerate(requests):
        facts = skus.get(item.sku)
        field = f"lines[{place}].sku"
        if any(item.sku == earlier.sku for earlier in requests[:place]):
            problems.append(
                FieldProblem(
                    field, "repeated_sku", "is named twice", "Send it once, with all its units."
                )
            )
        elif facts is None:
            problems.append(
                FieldProblem(
                    field, "unknown_sku", f"there is no SKU {item.sku!r}", "Send a SKU's code."
                )
            )
        elif facts.components:
            problems.append(
                FieldProblem(
                    field,
                    "kit_has_no_stock",
                    "a kit has no stock of its own",
                    "Send its components.",
                )
            )
    if problems:
        raise InvalidInputError(problems)


def _known(channel_id: int, requests: Sequence[BackorderRequest]) -> dict[tuple[str, str], UUID]:
    """Return what was promised before under the same references, by (reference, SKU)."""
    rows = Backorder.objects.filter(
        channel_id=channel_id, reference__in={item.reference for item in requests}
    ).values_list("reference", "sku__code", "id", "quantity")
    found = {(reference, sku): (identifier, units) for reference, sku, identifier, units in rows}
    for item in requests:
        known = found.get((item.reference, item.sku))
        if known is not None and known[1] != item.quantity:
            raise ConflictError(
                "reference_reused",
                f"{item.reference!r} has {known[1]} unit(s) of {item.sku} promised already.",
                fix="Give each back-order a reference of its own.",
            )
    return {key: identifier for key, (identifier, _) in found.items()}


def _write_sale(draft: FutureSale, version: int, now: datetime) -> None:
    values = asdict(draft) | {"kind": draft.kind.value, "version": version, "updated_at": now}
    values |= {name: list(values[name]) for name in ("channels", "categories", "tags", "skus")}
    code = values.pop("code")
    FutureSaleRow.objects.update_or_create(code=code, defaults=values)


def _tell_sale(
    before: FutureSale | None,
    after: FutureSale,
    version: int,
    now: datetime,
    actor: Actor,
    reason: str,
) -> None:
    old, new = (None if before is None else _form(before)), _form(after)
    publish(
        [
            FutureSaleChanged(
                occurred_at=now,
                stream=f"future_sale:{after.code}",
                subject=after.code,
                change="created" if before is None else "updated",
                changed=[name for name in new if old is None or old[name] != new[name]],
                version=version,
            )
        ],
        actor=actor,
    )
    record_audit(
        [
            AuditFact(
                actor=actor,
                action="backorders.upsert_future_sale",
                entity_type="future_sale",
                entity_id=after.code,
                at=now,
                before=old,
                after=new,
                reason=reason,
            )
        ]
    )


def _form(sale: FutureSale) -> dict[str, object]:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in asdict(sale).items()
    }


def _tell_promised(views: Sequence[BackorderView], now: datetime, actor: Actor) -> None:
    publish(
        [
            BackorderPromised(
                occurred_at=now,
                stream=to_public(PREFIX, view.id),
                subject=to_public(PREFIX, view.id),
                channel=view.channel,
                reference=view.reference,
                sku=view.sku,
                quantity=view.quantity,
                kind=view.kind.value,
                due=view.due,
            )
            for view in views
        ],
        actor=actor,
    )
    record_audit([_fact(view, "backorders.promise", now, actor) for view in views])


def _fact(view: BackorderView, action: str, now: datetime, actor: Actor) -> AuditFact:
    return AuditFact(
        actor=actor,
        action=action,
        entity_type="backorder",
        entity_id=to_public(PREFIX, view.id),
        at=now,
        after={"sku": view.sku, "quantity": view.quantity, "state": view.state.value},
    )

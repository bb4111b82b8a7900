"""The quotas that ring-fences grant are kept in step with rules and stock."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from django.db import transaction

from chaland.availability.granting import plan_of
from chaland.availability.operations.locking import lock_rules
from chaland.availability.queries import compiled, sku_choice, stored_rules, withholding
from chaland.availability.types import RuleKind, RuleScope
from chaland.availability.withholding import Withholding
from chaland.catalog.queries import sku_ids_in
from chaland.inventory.operations import grant_quotas
from chaland.inventory.queries import available_units, quota_differences, quota_sku_ids
from chaland.kernel.actor import Actor
from chaland.network.queries import snapshot

CHUNK_CELLS = 100_000
_ABSENT = -1


def fenced_sku_ids() -> list[int]:
    """Return the SKUs that a ring-fence is for, or that have a quota of one that is gone."""
    found = set(quota_sku_ids())
    for stored in stored_rules():
        if stored.rule.kind is RuleKind.RING_FENCE:
            found.update(sku_ids_in(sku_choice(stored.rule.scope)))
    return sorted(found)


def follow_at_once(*, scopes: Iterable[RuleScope], now: datetime, actor: Actor) -> None:
    """Do, in the caller's transaction, what ``follow_rules`` would for what ring-fences name.

    As far as it is soon done: of more SKUs the rest is left to the worker. The rules are locked.
    """
    sku_ids = sorted({sku_id for scope in scopes for sku_id in sku_ids_in(sku_choice(scope))})
    network = snapshot()
    if not sku_ids:
        return
    rules = compiled(network, [stored.rule for stored in stored_rules()], now)
    chunk = next(_chunks(sku_ids, len(network)))
    _follow(rules, chunk, now=now, actor=actor, rebase=False)


def follow_rules(
    *, sku_ids: Collection[int], now: datetime, actor: Actor, rebase: bool = False
) -> int:
    """Grant channels what ring-fences say of SKUs; return how many quotas changed.

    A percentage is of what is available when it is granted, and stays; with *rebase* it becomes
    that of what is available now. Each chunk is a transaction of its own, so that no position is
    locked for long: what is not done when it fails is done the next time.
    """
    changed = 0
    for chunk in _chunks(sorted(sku_ids), len(snapshot())):
        with transaction.atomic():
            lock_rules()
            rules = withholding(snapshot(), now=now)
            changed += _follow(rules, chunk, now=now, actor=actor, rebase=rebase)
    return changed


def _follow(
    rules: Withholding, sku_ids: Sequence[int], *, now: datetime, actor: Actor, rebase: bool
) -> int:
    network = rules.network
    available = available_units(sku_ids, len(network), network.index_of_id, absent=_ABSENT)
    plan = plan_of(rules, sku_ids, available)
    grants = quota_differences(plan, sku_ids, rebase=rebase)
    return grant_quotas(grants=grants, now=now, actor=actor)


def _chunks(sku_ids: Sequence[int], width: int) -> Iterator[Sequence[int]]:
    size = max(1, CHUNK_CELLS // max(1, width))
    for start in range(0, len(sku_ids), size):
        yield sku_ids[start : start + size]

"""Strategies: every version, which is in force, what follows which, and the book of a moment."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from chaland.accuracy.queries import pickable
from chaland.catalog.queries import sku_facts
from chaland.database.revision import read_revisions
from chaland.kernel.errors import NotFoundError
from chaland.network.types import NetworkSnapshot
from chaland.sourcing.models import ChannelStrategy, Strategy, StrategyPilot
from chaland.sourcing.rules.strategies.books import StrategyBook
from chaland.sourcing.rules.strategies.compiling import CompiledStrategy, Setting, Shares
from chaland.sourcing.rules.strategies.forms import document_of
from chaland.sourcing.rules.strategies.weights import with_weights
from chaland.sourcing.types import (
    DEFAULT_STRATEGY,
    OnePolicy,
    Pilot,
    PolicyBook,
    StrategyDocument,
    StrategyFacts,
    StrategyUse,
    StrategyVersion,
    StrategyWeights,
    VersionState,
)

REVISION = "sourcing"

BUILT_IN = StrategyVersion(
    code=DEFAULT_STRATEGY.code,
    version=DEFAULT_STRATEGY.version,
    state="active",
    document=StrategyDocument(name="Default"),
)
"""What holds until a retailer puts a version of the default strategy into force."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """What is in force or planned, and what follows it, at one revision."""

    revision: int
    versions: tuple[StrategyVersion, ...]
    use: StrategyUse


@dataclass(frozen=True, slots=True)
class _Compiled:
    """Strategies made ready for one network."""

    stored: _Stored
    network: NetworkSnapshot
    in_force: Mapping[str, StrategyVersion]
    strategies: Mapping[str, CompiledStrategy]


_STATES: Mapping[str, VersionState] = {
    "draft": "draft",
    "active": "active",
    "archived": "archived",
}

_stored: _Stored | None = None
_compiled: _Compiled | None = None


def _no_shares(days: int) -> Mapping[str, float]:
    del days
    return {}


def policies(
    network: NetworkSnapshot,
    revision: int | None = None,
    *,
    now: datetime,
    shares: Shares = _no_shares,
) -> PolicyBook:
    """Return the strategies in force at *now*, ready to decide with.

    *revision* is what ``read_revisions().get("sourcing", 0)`` said in this transaction; without
    it, one small query asks. *shares* tells each organisation's part of the last days' work.
    """
    stored = _current(revision)
    in_force = _in_force(stored.versions, now)
    if len(in_force) == 1 and is_plain(in_force[BUILT_IN.code].document):
        return plain_book(in_force[BUILT_IN.code])
    return StrategyBook(
        _ready(stored, in_force, network), stored.use, network, now, _zone(), shares
    )


def book_of(
    version: StrategyVersion,
    network: NetworkSnapshot,
    *,
    now: datetime,
    shares: Shares = _no_shares,
) -> StrategyBook:
    """Return a book in which *version*, of whatever state, holds for every order. For trials."""
    ready = {BUILT_IN.code: CompiledStrategy(version, _setting([version], network))}
    return StrategyBook(ready, StrategyUse(), network, now, _zone(), shares)


def is_plain(document: StrategyDocument) -> bool:
    """Tell whether every order gets the same from a strategy."""
    return not (document.rules or document.preferences or document.fairness)


def plain_book(version: StrategyVersion) -> PolicyBook:
    """Return the book of a strategy from which every order gets the same."""
    facts = StrategyFacts(
        code=version.code, version=version.version, weights=weights_of(version.document)
    )
    return OnePolicy(facts, version.document.split, version.document.nothing_fits)


def weights_of(document: StrategyDocument) -> StrategyWeights:
    """Return a strategy's own weights, those that it leaves as they are included."""
    return with_weights(StrategyWeights(), document.weights)


def in_force(*, now: datetime, revision: int | None = None) -> dict[str, StrategyVersion]:
    """Return the version of each strategy that is in force at *now*, by code."""
    return _in_force(_current(revision).versions, now)


def strategy_use(revision: int | None = None) -> StrategyUse:
    """Return which channel follows which strategy, and the pilots."""
    return _current(revision).use


def versions_of(code: str | None = None) -> list[StrategyVersion]:
    """Return every version of a strategy, or of all, the latest of each first."""
    rows = Strategy.objects.order_by("code", "-version")
    found = [_version(row) for row in (rows if code is None else rows.filter(code=code))]
    if code in {None, BUILT_IN.code} and not any(
        (item.code, item.version) == (BUILT_IN.code, BUILT_IN.version) for item in found
    ):
        ended = any(item.code == BUILT_IN.code and item.activated_at for item in found)
        built_in = StrategyVersion(
            code=BUILT_IN.code,
            version=BUILT_IN.version,
            state="archived" if ended else "active",
            document=BUILT_IN.document,
        )
        last = max((n for n, v in enumerate(found) if v.code == BUILT_IN.code), default=-1)
        found.insert(last + 1, built_in)
    return found


def strategy_version(code: str, version: int) -> StrategyVersion:
    """Return one version of a strategy. Raises NotFoundError."""
    found = next((item for item in versions_of(code) if item.version == version), None)
    if found is None:
        raise NotFoundError("version of a strategy", f"{code}/{version}")
    return found


def version_to_try(code: str, version: int | None, *, now: datetime) -> StrategyVersion:
    """Return *version* of a strategy; without it, the draft, or else what is in force.

    Raises NotFoundError.
    """
    if version is not None:
        return strategy_version(code, version)
    found = draft_of(code) or in_force(now=now).get(code)
    if found is None:
        raise NotFoundError("strategy", code)
    return found


def draft_of(code: str) -> StrategyVersion | None:
    """Return the draft of a strategy, planned or not; None when there is none."""
    row = Strategy.objects.filter(code=code, state="draft").first()
    return None if row is None else _version(row)


def _current(revision: int | None) -> _Stored:
    global _stored  # noqa: PLW0603 - what is in force, for the process, replaced whole
    if revision is None:
        revision = read_revisions().get(REVISION, 0)
    known = _stored
    if known is None or known.revision != revision:
        known = _stored = _read(revision)
    return known


def _read(revision: int) -> _Stored:
    rows = Strategy.objects.filter(state="active") | Strategy.objects.filter(
        activate_at__isnull=False
    )
    versions = tuple(_version(row) for row in rows.order_by("code", "version"))
    use = StrategyUse(
        channels=dict(ChannelStrategy.objects.values_list("channel", "strategy")),
        pilots=tuple(_pilot(row) for row in StrategyPilot.objects.order_by("strategy")),
    )
    return _Stored(revision, versions, use)


def _in_force(versions: Collection[StrategyVersion], now: datetime) -> dict[str, StrategyVersion]:
    """Choose by the moment: a plan takes force by itself, whoever writes it down afterwards."""
    found = {BUILT_IN.code: BUILT_IN}
    for item in versions:
        if item.state == "active":
            found[item.code] = item
    for item in versions:
        if item.activate_at is not None and item.activate_at <= now:
            found[item.code] = item
    return found


def _ready(
    stored: _Stored, in_force: Mapping[str, StrategyVersion], network: NetworkSnapshot
) -> Mapping[str, CompiledStrategy]:
    global _compiled  # noqa: PLW0603 - one network for the process, replaced whole
    known = _compiled
    if (
        known is None
        or known.stored is not stored
        or known.network is not network
        or known.in_force != in_force
    ):
        setting = _setting(in_force.values(), network)
        strategies = {code: CompiledStrategy(item, setting) for code, item in in_force.items()}
        known = _compiled = _Compiled(stored, network, in_force, strategies)
    return known.strategies


def _setting(versions: Collection[StrategyVersion], network: NetworkSnapshot) -> Setting:
    codes = {
        code
        for version in versions
        for rule in version.document.rules
        if rule.when.items is not None
        for code in rule.when.items.skus
    }

    def chances(sku_ids: tuple[int, ...]) -> NDArray[np.float32]:
        return pickable(sku_ids, network)

    return Setting(
        network=network,
        zone=_zone(),
        sku_ids={item.code: item.id for item in sku_facts(codes).values()} if codes else {},
        chances=chances,
    )


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)


def _version(row: Strategy) -> StrategyVersion:
    return StrategyVersion(
        code=row.code,
        version=row.version,
        state=_STATES[row.state],
        document=document_of(row.document),
        edit=row.edit,
        created_at=row.created_at,
        author=row.author,
        note=row.note,
        activate_at=row.activate_at,
        activated_at=row.activated_at,
        ended_at=row.ended_at,
    )


def _pilot(row: StrategyPilot) -> Pilot:
    return Pilot(
        strategy=row.strategy,
        channels=tuple(row.channels),
        postal_prefixes=tuple(row.postal_prefixes),
        location_groups=tuple(row.location_groups),
        share=row.share,
        version=row.version,
    )

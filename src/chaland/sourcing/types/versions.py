"""Strategies as they are kept: versions, which channel follows which, and pilots."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from chaland.sourcing.types.documents import StrategyDocument

VersionState = Literal["draft", "active", "archived"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyVersion:
    """One version of a strategy.

    ``edit`` rises each time a draft is written. A draft with ``activate_at`` is planned: it is in
    force from that moment on. ``activated_at`` and ``ended_at`` say when it was.
    """

    code: str
    version: int
    state: VersionState
    document: StrategyDocument
    edit: int = 1
    created_at: datetime | None = None
    author: str = ""
    note: str = ""
    activate_at: datetime | None = None
    activated_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pilot:
    """Which orders a strategy decides although their channel follows another one.

    An order has to fit each field that is set: its channel; its destination's postal code; that the
    nearest site (or where it is collected) is in one of the groups; that it falls, by chance, in
    ``share`` percent.
    """

    strategy: str
    channels: tuple[str, ...] = ()
    postal_prefixes: tuple[str, ...] = ()
    location_groups: tuple[str, ...] = ()
    share: int | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyUse:
    """What follows what: strategies by channel (absent: the default one), and the pilots."""

    channels: Mapping[str, str] = field(default_factory=dict)
    pilots: tuple[Pilot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that the author of a strategy should know.

    ``where`` is a path such as ``rules[2].circles[0]``; ``by`` names what it conflicts with. A
    strategy with an ``error`` cannot be put into force.
    """

    code: str
    severity: Literal["error", "warning"]
    where: str
    rule: str
    message: str
    fix: str
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentChange:
    """One difference between two versions: ``rule`` is empty for what holds for all of them.

    ``field`` is a path inside it (``when.value``), empty when the whole rule came or went;
    ``before`` and ``after`` are JSON.
    """

    kind: Literal["added", "removed", "moved", "changed"]
    rule: str
    name: str
    field: str = ""
    before: object = None
    after: object = None

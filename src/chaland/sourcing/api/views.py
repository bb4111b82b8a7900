"""Strategies as they are answered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chaland.sourcing.queries import BUILT_IN, document_form
from chaland.sourcing.types import (
    DocumentChange,
    Finding,
    Pilot,
    StrategyUse,
    StrategyVersion,
    VersionState,
)
from chaland.web.schemas import View


class FindingView(View):
    """Something to know of a strategy: where, what, and what to do.

    With an `error` it cannot be put into force. `where` is a path such as `rules[2].circles[0]`.
    """

    code: str
    severity: str
    where: str
    rule: str
    message: str
    fix: str
    by: list[str]

    @classmethod
    def of(cls, item: Finding) -> "FindingView":
        """Show a finding."""
        return cls(
            code=item.code,
            severity=item.severity,
            where=item.where,
            rule=item.rule,
            message=item.message,
            fix=item.fix,
            by=list(item.by),
        )


class DraftView(View):
    """The draft of a strategy's version `number`; `version` rises each time it is written.

    With `activate_at` it takes force at that moment.
    """

    strategy: str
    number: int
    version: int
    document: dict[str, Any]
    author: str
    note: str
    written_at: datetime | None
    activate_at: datetime | None
    findings: list[FindingView]

    @classmethod
    def of(cls, draft: StrategyVersion, findings: list[Finding]) -> "DraftView":
        """Show a draft and what is worth knowing of it."""
        return cls(
            strategy=draft.code,
            number=draft.version,
            version=draft.edit,
            document=document_form(draft.document),
            author=draft.author,
            note=draft.note,
            written_at=draft.created_at,
            activate_at=draft.activate_at,
            findings=[FindingView.of(item) for item in findings],
        )


class VersionView(View):
    """One version of a strategy; `document` as it is sent, without what has its default."""

    strategy: str
    number: int
    state: VersionState
    document: dict[str, Any]
    author: str
    note: str
    created_at: datetime | None
    activate_at: datetime | None
    activated_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, item: StrategyVersion) -> "VersionView":
        """Show a version."""
        return cls(
            strategy=item.code,
            number=item.version,
            state=item.state,
            document=document_form(item.document),
            author=item.author,
            note=item.note,
            created_at=item.created_at,
            activate_at=item.activate_at,
            activated_at=item.activated_at,
            ended_at=item.ended_at,
        )


class PilotView(View):
    """Which orders a strategy decides although their channel follows another one."""

    strategy: str
    channels: list[str]
    postal_prefixes: list[str]
    location_groups: list[str]
    share: int | None
    version: int

    @classmethod
    def of(cls, pilot: Pilot) -> "PilotView":
        """Show a pilot."""
        return cls(
            strategy=pilot.strategy,
            channels=list(pilot.channels),
            postal_prefixes=list(pilot.postal_prefixes),
            location_groups=list(pilot.location_groups),
            share=pilot.share,
            version=pilot.version,
        )


class StrategyView(View):
    """A strategy: its version in force, its draft, the channels that follow it, its pilot.

    The default strategy is followed by every channel that names no other.
    """

    code: str
    name: str
    in_force: int | None
    draft: int | None
    planned_at: datetime | None
    channels: list[str]
    pilot: PilotView | None

    @classmethod
    def of(
        cls,
        code: str,
        versions: list[StrategyVersion],
        in_force: Mapping[str, StrategyVersion],
        use: StrategyUse,
        channels: list[str],
    ) -> "StrategyView":
        """Show a strategy by its versions, the latest first."""
        present = in_force.get(code)
        draft = next(
            (item for item in versions if item.state == "draft" and item is not present), None
        )
        if draft is not None and present is not None and draft.version == present.version:
            draft = None  # A plan that has taken force and is not written down yet.
        pilot = next((item for item in use.pilots if item.strategy == code), None)
        default = BUILT_IN.code
        return cls(
            code=code,
            name=(present or versions[0]).document.name,
            in_force=present.version if present else None,
            draft=draft.version if draft else None,
            planned_at=draft.activate_at if draft else None,
            channels=[item for item in channels if use.channels.get(item, default) == code],
            pilot=PilotView.of(pilot) if pilot else None,
        )


class StrategyDetailView(StrategyView):
    """A strategy with all of its versions, the latest first."""

    versions: list[VersionView]


class ChangeView(View):
    """One difference: a rule was `added`, `removed`, `moved` or `changed` in a field.

    `rule` is empty for what holds for all orders; a move tells places from 1.
    """

    kind: str
    rule: str
    name: str
    field: str
    before: Any
    after: Any

    @classmethod
    def of(cls, item: DocumentChange) -> "ChangeView":
        """Show a difference."""
        return cls(
            kind=item.kind,
            rule=item.rule,
            name=item.name,
            field=item.field,
            before=item.before,
            after=item.after,
        )


class ChangesView(View):
    """What differs between two versions of a strategy."""

    strategy: str
    before: int
    after: int
    changes: list[ChangeView]


class FollowedView(View):
    """Which strategy a channel follows."""

    channel: str
    strategy: str

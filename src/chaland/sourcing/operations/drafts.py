"""Drafts: written as often as it takes, thrown away, changing nothing meanwhile."""

from datetime import datetime

from django.db.models import Max

from chaland.kernel.actor import Actor
from chaland.kernel.codes import is_code
from chaland.kernel.errors import ConflictError, FieldProblem, InvalidInputError, NotFoundError
from chaland.network.operations import refuse_unless_whole_group
from chaland.sourcing.events import StrategyDrafted
from chaland.sourcing.models import Strategy
from chaland.sourcing.operations.traces import leave, lock_strategies
from chaland.sourcing.queries.strategies import BUILT_IN, draft_of
from chaland.sourcing.rules.strategies.checks import document_problems
from chaland.sourcing.rules.strategies.forms import document_form
from chaland.sourcing.states import STRATEGY, StrategyState
from chaland.sourcing.types import StrategyDocument, StrategyVersion


def write_draft(
    *, code: str, document: StrategyDocument, now: datetime, actor: Actor, note: str = ""
) -> StrategyVersion:
    """Make the draft of a strategy's next version, or replace the one there is.

    Raises InvalidInputError naming each field that is wrong, ConflictError ``planned`` for a draft
    that shall take force at a moment, and DomainError (403) when the actor is limited to some
    organisations: strategies bind the whole group.
    """
    refuse_unless_whole_group(actor)
    problems = document_problems(document)
    if not is_code(code):
        problems.append(
            FieldProblem(
                "code",
                "invalid_code",
                f"{code!r} is no code",
                "Use 1 to 64 letters, digits, dots, dashes or underscores.",
            )
        )
    if problems:
        raise InvalidInputError(problems)
    lock_strategies()
    known = draft_of(code)
    form = document_form(document)
    if known is not None:
        _refuse_planned(known)
        if known.document == document and known.note == note:
            return known
        Strategy.objects.filter(code=code, state=StrategyState.DRAFT).update(
            document=form, edit=known.edit + 1, note=note, author=actor.label, created_at=now
        )
    else:
        Strategy.objects.create(
            code=code,
            version=next_version(code),
            state=STRATEGY.initial,
            document=form,
            note=note,
            author=actor.label,
            created_at=now,
        )
    written = require_draft(code)
    leave(
        "write_draft",
        written.code,
        StrategyDrafted(
            occurred_at=now,
            stream=f"strategy:{code}",
            subject=code,
            version=written.version,
            edit=written.edit,
            change="written",
        ),
        before=document_form(known.document) if known else None,
        after=form,
        now=now,
        actor=actor,
        note=note,
    )
    return written


def discard_draft(*, code: str, now: datetime, actor: Actor) -> None:
    """Throw the draft of a strategy away. Raises NotFoundError, ConflictError as above."""
    refuse_unless_whole_group(actor)
    lock_strategies()
    known = require_draft(code)
    _refuse_planned(known)
    Strategy.objects.filter(code=code, state=StrategyState.DRAFT).delete()
    leave(
        "discard_draft",
        known.code,
        StrategyDrafted(
            occurred_at=now,
            stream=f"strategy:{code}",
            subject=code,
            version=known.version,
            edit=known.edit,
            change="discarded",
        ),
        before=document_form(known.document),
        after=None,
        now=now,
        actor=actor,
    )


def require_draft(code: str) -> StrategyVersion:
    """Return the draft of a strategy. Raises NotFoundError."""
    draft = draft_of(code)
    if draft is None:
        raise NotFoundError("draft of a strategy", code)
    return draft


def next_version(code: str) -> int:
    """Return the number that a new version of a strategy gets."""
    latest = Strategy.objects.filter(code=code).aggregate(latest=Max("version"))["latest"]
    # The built-in strategy, in force where none was ever stored, counts as version 1.
    return max(latest or 0, BUILT_IN.version if code == BUILT_IN.code else 0) + 1


def _refuse_planned(draft: StrategyVersion) -> None:
    if draft.activate_at is not None:
        raise ConflictError(
            "planned",
            f"Version {draft.version} of {draft.code} is planned to take force"
            f" at {draft.activate_at.isoformat()}.",
            fix="Withdraw the plan first.",
        )

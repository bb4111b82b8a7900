"""The life of a strategy: drafted, put into force now or at a moment, rolled back, retired.

All writers wait for one lock. Every change is audited, told as an event, and raises the revision,
so that each process decides by it from its next round on.
"""

from dataclasses import replace
from datetime import datetime

from chaland.kernel.actor import Actor
from chaland.kernel.errors import ConflictError, FieldProblem, InvalidInputError, NotFoundError
from chaland.network.operations import refuse_unless_whole_group
from chaland.sourcing.events import (
    StrategyActivated,
    StrategyPlanned,
    StrategyRetired,
)
from chaland.sourcing.models import Strategy
from chaland.sourcing.operations.drafts import next_version, require_draft
from chaland.sourcing.operations.traces import leave, lock_strategies
from chaland.sourcing.queries.findings import findings
from chaland.sourcing.queries.strategies import (
    BUILT_IN,
    in_force,
    strategy_use,
    strategy_version,
)
from chaland.sourcing.rules.strategies.forms import document_form
from chaland.sourcing.states import StrategyState
from chaland.sourcing.types import StrategyVersion


def activate(
    *, code: str, now: datetime, actor: Actor, at: datetime | None = None, note: str = ""
) -> StrategyVersion:
    """Put the draft of a strategy into force, now or from the moment *at* on.

    The version before is archived then. Raises NotFoundError without a draft, ConflictError
    ``strategy_findings`` for a draft with errors (``findings``), InvalidInputError for a moment
    that has passed.
    """
    refuse_unless_whole_group(actor)
    lock_strategies()
    draft = require_draft(code)
    _refuse_errors(draft, now)
    if at is None:
        return _put_into_force(draft, now, now, actor, note=note)
    if at <= now:
        raise InvalidInputError(
            [
                FieldProblem(
                    "at",
                    "in_the_past",
                    "the moment has passed",
                    "Send a moment to come, or none to activate it now.",
                )
            ]
        )
    Strategy.objects.filter(code=code, state=StrategyState.DRAFT).update(activate_at=at)
    planned = replace(draft, activate_at=at)
    _leave_plan(planned, draft.activate_at, now=now, actor=actor, note=note)
    return planned


def withdraw_plan(*, code: str, now: datetime, actor: Actor) -> StrategyVersion:
    """Turn a planned version into a plain draft again. Raises NotFoundError, ConflictError."""
    refuse_unless_whole_group(actor)
    lock_strategies()
    draft = require_draft(code)
    if draft.activate_at is None or draft.activate_at <= now:
        raise ConflictError(
            "not_planned",
            f"No activation of {code} is planned.",
            fix="Read the strategy again: it may be in force by now.",
        )
    Strategy.objects.filter(code=code, state=StrategyState.DRAFT).update(activate_at=None)
    plain = replace(draft, activate_at=None)
    _leave_plan(plain, draft.activate_at, now=now, actor=actor)
    return plain


def activate_due(*, now: datetime, actor: Actor) -> list[StrategyVersion]:
    """Write down which plans have taken force by *now*, and tell of them.

    Decisions follow a plan from its moment on, whether or not this was done by then.
    """
    if not Strategy.objects.filter(activate_at__lte=now).exists():
        return []
    lock_strategies()
    rows = Strategy.objects.filter(activate_at__lte=now).order_by("activate_at", "code")
    due = [require_draft(code) for code in rows.values_list("code", flat=True)]
    return [_put_into_force(item, item.activate_at or now, now, actor) for item in due]


def roll_back(
    *, code: str, version: int, now: datetime, actor: Actor, note: str = ""
) -> StrategyVersion:
    """Put an earlier version into force again, as the next version; a draft stays as it is.

    Raises NotFoundError for a version that is none, ConflictError ``in_force`` for the one in force
    and ``strategy_findings`` for one that names what is not there any more.
    """
    refuse_unless_whole_group(actor)
    lock_strategies()
    earlier = strategy_version(code, version)
    present = in_force(now=now).get(code)
    if earlier.state == "draft" or (present is not None and present.version == version):
        raise ConflictError(
            "in_force" if earlier.state != "draft" else "never_in_force",
            f"Version {version} of {code} is "
            + ("in force." if earlier.state != "draft" else "a draft."),
            fix="Name an earlier version, or activate the draft.",
        )
    _refuse_errors(earlier, now)
    row = Strategy.objects.create(
        code=code,
        version=next_version(code),
        state=StrategyState.ARCHIVED,
        document=document_form(earlier.document),
        note=note,
        author=actor.label,
        created_at=now,
    )
    repeated = strategy_version(code, row.version)
    return _put_into_force(repeated, now, now, actor, note=note, back_to=version)


def retire(*, code: str, now: datetime, actor: Actor, note: str = "") -> None:
    """Take a strategy out of force. Raises ConflictError while a channel or a pilot follows it."""
    refuse_unless_whole_group(actor)
    lock_strategies()
    present = in_force(now=now).get(code)
    if present is None:
        raise NotFoundError("strategy in force", code)
    use = strategy_use()
    followers = [channel for channel, followed in use.channels.items() if followed == code]
    if code == BUILT_IN.code or followers or any(item.strategy == code for item in use.pilots):
        raise ConflictError(
            "strategy_in_use",
            "The default strategy stays in force."
            if code == BUILT_IN.code
            else "Channels or a pilot follow this strategy.",
            fix="Let its channels follow another one and end its pilot first.",
            channels=followers,
        )
    Strategy.objects.filter(code=code, version=present.version).update(
        state=StrategyState.ARCHIVED, ended_at=now, activate_at=None
    )
    leave(
        "retire",
        present.code,
        StrategyRetired(
            occurred_at=now, stream=f"strategy:{code}", subject=code, version=present.version
        ),
        before={"version": present.version},
        after=None,
        now=now,
        actor=actor,
        note=note,
    )


def _put_into_force(
    version: StrategyVersion,
    since: datetime,
    now: datetime,
    actor: Actor,
    *,
    note: str = "",
    back_to: int | None = None,
) -> StrategyVersion:
    code = version.code
    before = Strategy.objects.filter(code=code, state=StrategyState.ACTIVE).first()
    replaced = before.version if before else None
    if before is None and code == BUILT_IN.code:
        replaced = BUILT_IN.version
    Strategy.objects.filter(code=code, state=StrategyState.ACTIVE).update(
        state=StrategyState.ARCHIVED, ended_at=since
    )
    Strategy.objects.filter(code=code, version=version.version).update(
        state=StrategyState.ACTIVE, activated_at=since, activate_at=None
    )
    leave(
        "activate" if back_to is None else "roll_back",
        version.code,
        StrategyActivated(
            occurred_at=now,
            stream=f"strategy:{code}",
            subject=code,
            version=version.version,
            before=replaced,
            since=since,
            rolled_back_to=back_to,
        ),
        before={"version": replaced},
        after={"version": version.version, **document_form(version.document)},
        now=now,
        actor=actor,
        note=note,
    )
    return strategy_version(code, version.version)


def _leave_plan(
    version: StrategyVersion,
    before: datetime | None,
    *,
    now: datetime,
    actor: Actor,
    note: str = "",
) -> None:
    leave(
        "plan",
        version.code,
        StrategyPlanned(
            occurred_at=now,
            stream=f"strategy:{version.code}",
            subject=version.code,
            version=version.version,
            activate_at=version.activate_at,
        ),
        before={"activate_at": before and before.isoformat()},
        after={"activate_at": version.activate_at and version.activate_at.isoformat()},
        now=now,
        actor=actor,
        note=note,
    )


def _refuse_errors(version: StrategyVersion, now: datetime) -> None:
    errors = [item for item in findings(version.document, now=now) if item.severity == "error"]
    if errors:
        raise ConflictError(
            "strategy_findings",
            f"{len(errors)} thing(s) have to be put right first: "
            + "; ".join(f"{item.where}: {item.message}" for item in errors),
            fix=errors[0].fix,
            findings=[
                {"code": item.code, "where": item.where, "message": item.message, "fix": item.fix}
                for item in errors
            ],
        )

"""Which channel follows which strategy, and which orders are a pilot."""

from datetime import datetime

from chaland.kernel.actor import Actor
from chaland.kernel.errors import ConflictError, FieldProblem, InvalidInputError, NotFoundError
from chaland.network.operations import refuse_unless_whole_group
from chaland.network.queries import snapshot
from chaland.sourcing.events import StrategyAssigned, StrategyPilotChanged
from chaland.sourcing.models import ChannelStrategy, StrategyPilot
from chaland.sourcing.operations.traces import leave, lock_strategies
from chaland.sourcing.queries.strategies import BUILT_IN, in_force, strategy_use
from chaland.sourcing.types import Pilot

MOST_SHARE = 99


def assign_channel(*, channel: str, strategy: str, now: datetime, actor: Actor) -> None:
    """Let a channel follow a strategy that is in force. The default one needs no naming.

    Raises InvalidInputError for a channel or strategy that is none, DomainError (403) when the
    actor is limited to some organisations.
    """
    refuse_unless_whole_group(actor)
    lock_strategies()
    problems = []
    if channel not in snapshot().channels:
        problems.append(_unknown("channel", "channel", channel))
    if strategy not in in_force(now=now):
        problems.append(_unknown("strategy", "strategy in force", strategy))
    if problems:
        raise InvalidInputError(problems)
    before = strategy_use().channels.get(channel, BUILT_IN.code)
    if before == strategy:
        return
    if strategy == BUILT_IN.code:
        ChannelStrategy.objects.filter(channel=channel).delete()
    else:
        ChannelStrategy.objects.update_or_create(
            channel=channel, defaults={"strategy": strategy, "updated_at": now}
        )
    leave(
        "assign",
        strategy,
        StrategyAssigned(
            occurred_at=now,
            stream=f"strategy:{strategy}",
            subject=strategy,
            channel=channel,
            before=before,
        ),
        before={"channel": channel, "strategy": before},
        after={"channel": channel, "strategy": strategy},
        now=now,
        actor=actor,
    )


def put_pilot(*, pilot: Pilot, now: datetime, actor: Actor) -> Pilot:
    """Start a strategy's pilot, or change it. Raises InvalidInputError and DomainError as above."""
    refuse_unless_whole_group(actor)
    lock_strategies()
    _check(pilot, now)
    known = next((item for item in strategy_use().pilots if item.strategy == pilot.strategy), None)
    values = {
        "channels": list(pilot.channels),
        "postal_prefixes": list(pilot.postal_prefixes),
        "location_groups": list(pilot.location_groups),
        "share": pilot.share,
    }
    before = None if known is None else _form(known)
    if before == _form(pilot):
        return known or pilot
    version = 1 if known is None else known.version + 1
    StrategyPilot.objects.update_or_create(
        strategy=pilot.strategy, defaults={**values, "version": version, "updated_at": now}
    )
    leave(
        "put_pilot",
        pilot.strategy,
        StrategyPilotChanged(
            occurred_at=now,
            stream=f"strategy:{pilot.strategy}",
            subject=pilot.strategy,
            change="started" if known is None else "changed",
            version=version,
        ),
        before=before,
        after=_form(pilot),
        now=now,
        actor=actor,
    )
    return next(item for item in strategy_use().pilots if item.strategy == pilot.strategy)


def end_pilot(*, strategy: str, now: datetime, actor: Actor) -> None:
    """End a pilot: its orders follow their channel's strategy again. Raises NotFoundError."""
    refuse_unless_whole_group(actor)
    lock_strategies()
    known = next((item for item in strategy_use().pilots if item.strategy == strategy), None)
    if known is None:
        raise NotFoundError("pilot of the strategy", strategy)
    StrategyPilot.objects.filter(strategy=strategy).delete()
    leave(
        "end_pilot",
        strategy,
        StrategyPilotChanged(
            occurred_at=now,
            stream=f"strategy:{strategy}",
            subject=strategy,
            change="ended",
            version=known.version,
        ),
        before=_form(known),
        after=None,
        now=now,
        actor=actor,
    )


def _check(pilot: Pilot, now: datetime) -> None:
    network = snapshot()
    problems = []
    if pilot.strategy not in in_force(now=now):
        raise ConflictError(
            "not_in_force",
            f"No version of {pilot.strategy} is in force.",
            fix="Activate it first: it changes nothing before a channel or a pilot follows it.",
        )
    if pilot.strategy == BUILT_IN.code:
        raise ConflictError(
            "default_strategy",
            "The default strategy holds for all orders anyway.",
            fix="Write what is to be tried as a strategy of its own.",
        )
    for name, known in (("channels", network.channels), ("location_groups", network.groups)):
        problems += [
            _unknown(f"{name}[{number}]", name.removesuffix("s").replace("_", " "), code)
            for number, code in enumerate(getattr(pilot, name))
            if code not in known
        ]
    if pilot.share is not None and not 1 <= pilot.share <= MOST_SHARE:
        problems.append(
            FieldProblem(
                "share",
                "out_of_range",
                f"{pilot.share} is out of range",
                f"Send a percentage from 1 to {MOST_SHARE}, or none.",
            )
        )
    if pilot.share is None and not pilot.postal_prefixes and not pilot.location_groups:
        problems.append(
            FieldProblem(
                "share",
                "missing",
                "a pilot is for a part of the orders",
                "Send a share, beginnings of postal codes, or location groups.",
            )
        )
    if problems:
        raise InvalidInputError(problems)


def _form(pilot: Pilot) -> dict[str, object]:
    return {
        "channels": list(pilot.channels),
        "postal_prefixes": list(pilot.postal_prefixes),
        "location_groups": list(pilot.location_groups),
        "share": pilot.share,
    }


def _unknown(field: str, what: str, code: str) -> FieldProblem:
    return FieldProblem(
        field, "unknown", f"there is no {what} {code!r}", "Correct it, or create it first."
    )

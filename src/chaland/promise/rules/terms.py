"""Which terms hold for a channel and a location: each value from the most specific that has it."""

from collections.abc import Sequence
from dataclasses import fields

from chaland.kernel.errors import FieldProblem
from chaland.promise.types import Terms, TermsDraft

_NAMES = tuple(item.name for item in fields(Terms))


def terms_for(known: Sequence[TermsDraft], channel: str, location: str) -> Terms:
    """Return what holds: a location's terms go before a channel's, both together before either."""
    fitting = [
        item for item in known if item.channel in ("", channel) and item.location in ("", location)
    ]
    fitting.sort(key=lambda item: (item.location != "", item.channel != ""), reverse=True)
    return Terms(
        **{
            name: next(
                (value for item in fitting if (value := getattr(item, name)) is not None), None
            )
            for name in _NAMES
        }
    )


def terms_problems(draft: TermsDraft, taken_by: str) -> list[FieldProblem]:
    """Return what is wrong with *draft*; *taken_by* has terms for the same, itself or nobody."""
    problems = []
    if taken_by not in ("", draft.code):
        problems.append(
            FieldProblem(
                "code", "taken", f"terms {taken_by} are for the same", f"Change {taken_by}."
            )
        )
    if draft.location and draft.confidence is not None:
        problems.append(
            FieldProblem(
                "confidence",
                "channel_only",
                "how sure promises shall be is a channel's to say: an order may have several sites",
                "Send it with terms that have no location.",
            )
        )
    if all(getattr(draft, name) is None for name in _NAMES):
        problems.append(
            FieldProblem("terms", "missing", "the terms say nothing", "Send at least one value.")
        )
    return problems

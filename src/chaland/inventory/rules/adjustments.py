"""May a reported change be applied, and what does it do?"""

from collections.abc import Callable

from chaland.inventory.types import (
    MAX_ON_HAND,
    MAX_QUANTITY,
    Adjustment,
    MovementKind,
    PositionChange,
    PositionState,
)
from chaland.kernel.errors import FieldProblem

REPORTABLE = frozenset(
    {
        MovementKind.RECEIPT,
        MovementKind.ADJUSTMENT,
        MovementKind.COUNT,
        MovementKind.EXPECTATION,
        MovementKind.BLOCKING,
        MovementKind.UNBLOCKING,
        MovementKind.RETURN,
    }
)
"""The kinds that come from outside; the others are written by reservations and their settlement."""


def malformed(adjustment: Adjustment) -> FieldProblem | None:
    """Return what is wrong with the request itself, whatever the stock; None if nothing."""
    return next((problem for rule in _SHAPE_RULES if (problem := rule(adjustment))), None)


def change_of(
    adjustment: Adjustment, state: PositionState, *, since: int = 0, superseded: bool = False
) -> PositionChange:
    """Return what a well-formed *adjustment* does to a position in *state*.

    A count says what lay on the shelf at its moment, reserved and unsellable units included;
    *since* is what came (or, below zero, went) from then on, and stands. Units of a *superseded*
    message are in a count already.
    """
    if superseded:
        on_hand = 0
    elif adjustment.on_hand is None:
        on_hand = adjustment.on_hand_delta
    else:
        on_hand = adjustment.on_hand + since - state.on_hand
    return PositionChange(
        on_hand=on_hand,
        unavailable=adjustment.unavailable_delta,
        incoming=adjustment.incoming_delta,
    )


def applied(state: PositionState, change: PositionChange) -> PositionState:
    """Return the position after *change*."""
    return PositionState(
        on_hand=state.on_hand + change.on_hand,
        reserved=state.reserved + change.reserved,
        unavailable=state.unavailable + change.unavailable,
        incoming=state.incoming + change.incoming,
    )


def contradicts_count(adjustment: Adjustment) -> FieldProblem:
    """Return why a second, other count of the same moment is refused."""
    return FieldProblem(
        "on_hand",
        "contradicts_count",
        f"another quantity was counted as of {adjustment.occurred_at.isoformat()} already",
        "send the right count with a later time",
    )


def impossible(
    adjustment: Adjustment, before: PositionState, after: PositionState, in_status: int
) -> FieldProblem | None:
    """Return why a position may not become *after*; None when it may.

    *in_status* is how many units have the adjustment's status before it.
    """
    field = "on_hand" if adjustment.on_hand is not None else "on_hand_delta"
    if after.on_hand < 0:
        return FieldProblem(
            field,
            "below_zero",
            f"only {before.on_hand} unit(s) are on hand",
            "take away no more than is there, or send a count",
        )
    if after.on_hand > MAX_ON_HAND or after.incoming > MAX_ON_HAND:
        return FieldProblem(
            field, "too_much", "a position holds 10⁹ units at most", "check the unit of measure"
        )
    if in_status + adjustment.unavailable_delta < 0:
        return FieldProblem(
            "unavailable_delta",
            "below_zero",
            f"only {in_status} unit(s) are {adjustment.status}",
            "free no more than is blocked with this status",
        )
    if after.incoming < 0:
        return FieldProblem(
            "incoming_delta",
            "below_zero",
            f"only {before.incoming} unit(s) are expected",
            "take away no more than is expected",
        )
    if after.available < 0:
        return _would_oversell(adjustment, before, after)
    return None


def belongs_to_supply(
    adjustment: Adjustment, after: PositionState, announced: int
) -> FieldProblem | None:
    """Return why incoming units may not be taken off: supply lines explain *announced* of them."""
    if adjustment.incoming_delta >= 0 or after.incoming >= announced:
        return None
    return FieldProblem(
        "incoming_delta",
        "announced_by_supply",
        f"supply lines announce {announced} unit(s) here",
        "receive or cancel those lines instead",
    )


def _would_oversell(
    adjustment: Adjustment, before: PositionState, after: PositionState
) -> FieldProblem:
    blocking = adjustment.unavailable_delta > 0 and after.on_hand == before.on_hand
    field = "on_hand" if adjustment.on_hand is not None else "on_hand_delta"
    return FieldProblem(
        "unavailable_delta" if blocking else field,
        "too_few_available",
        f"{before.reserved} unit(s) are reserved by orders and {before.unavailable} are"
        f" unavailable, so {-after.available} would be missing",
        "refuse or cancel the orders that cannot be served first",
    )


def _kind_is_reportable(adjustment: Adjustment) -> FieldProblem | None:
    if adjustment.kind in REPORTABLE:
        return None
    return FieldProblem(
        "kind",
        "kind_not_reportable",
        f"{adjustment.kind} is written by orders only",
        "use one of " + ", ".join(sorted(REPORTABLE)),
    )


def _count_is_absolute(adjustment: Adjustment) -> FieldProblem | None:
    is_count = adjustment.kind == MovementKind.COUNT
    if is_count and adjustment.on_hand is None:
        return FieldProblem("on_hand", "missing", "a count needs on_hand", "send what was counted")
    if not is_count and adjustment.on_hand is not None:
        return FieldProblem(
            "on_hand",
            "only_for_counts",
            f"an absolute quantity makes no {adjustment.kind}",
            "use the kind count, or send on_hand_delta",
        )
    if is_count and adjustment.on_hand_delta:
        return FieldProblem(
            "on_hand_delta",
            "contradiction",
            "a count and a difference exclude each other",
            "send one of on_hand and on_hand_delta",
        )
    return None


def _changes_something(adjustment: Adjustment) -> FieldProblem | None:
    deltas = (adjustment.on_hand_delta, adjustment.unavailable_delta, adjustment.incoming_delta)
    if adjustment.on_hand is None and not any(deltas):
        return FieldProblem(
            "on_hand_delta", "no_change", "the change is zero", "send a quantity other than 0"
        )
    return None


def _return_brings_units(adjustment: Adjustment) -> FieldProblem | None:
    if adjustment.kind == MovementKind.RETURN:
        if adjustment.on_hand_delta > 0:
            return None
        return FieldProblem(
            "on_hand_delta",
            "out_of_range",
            "a return brings units back",
            "send how many came back, or use another kind",
        )
    if adjustment.channel_id is None:
        return None
    return FieldProblem(
        "channel",
        "only_for_returns",
        f"an {adjustment.kind} is of no channel",
        "leave channel out, or use the kind return",
    )


def _quantities_in_range(adjustment: Adjustment) -> FieldProblem | None:
    for field in ("on_hand_delta", "unavailable_delta", "incoming_delta"):
        if abs(getattr(adjustment, field)) > MAX_QUANTITY:
            return FieldProblem(
                field,
                "out_of_range",
                f"a change moves {MAX_QUANTITY} units at most",
                f"send a quantity between -{MAX_QUANTITY} and {MAX_QUANTITY}",
            )
    if adjustment.on_hand is not None and not 0 <= adjustment.on_hand <= MAX_ON_HAND:
        return FieldProblem(
            "on_hand",
            "out_of_range",
            "a count lies between 0 and 10⁹",
            "send the number of units that lie there",
        )
    return None


def _status_is_told(adjustment: Adjustment) -> FieldProblem | None:
    if (adjustment.unavailable_delta != 0) == (adjustment.status is not None):
        return None
    if adjustment.status is None:
        return FieldProblem(
            "status",
            "missing",
            "units become unavailable, or free again, for a reason",
            "send damaged, display, quarantine, missing, counting or expired",
        )
    return FieldProblem("status", "no_change", "no unit changes its status", "leave status out")


_SHAPE_RULES: tuple[Callable[[Adjustment], FieldProblem | None], ...] = (
    _kind_is_reportable,
    _count_is_absolute,
    _changes_something,
    _return_brings_units,
    _quantities_in_range,
    _status_is_told,
)

"""Read a count under lock, and say what is possible with it."""

from uuid import UUID

from chaland.accuracy.models import Count
from chaland.accuracy.states import COUNT_TRANSITIONS
from chaland.accuracy.types import COUNT_PREFIX, CountState
from chaland.kernel.actor import Actor
from chaland.kernel.errors import ConflictError, NotFoundError
from chaland.kernel.ids import to_public
from chaland.kernel.transitions import IllegalTransitionError
from chaland.network.queries import visible_location_ids


def lock_count(count_id: UUID, *, actor: Actor) -> Count:
    """Lock a count until the transaction ends. Raises NotFoundError when it is not the actor's."""
    count = Count.objects.select_for_update(of=("self",)).filter(id=count_id).first()
    visible = visible_location_ids(actor)
    if count is None or (visible is not None and count.location_id not in visible):
        raise NotFoundError("count", to_public(COUNT_PREFIX, count_id))
    return count


def moved(count: Count, action: str) -> CountState:
    """Return the state that *action* leads to. Raises ConflictError ``illegal_transition``."""
    state = CountState(count.state)
    try:
        return COUNT_TRANSITIONS.target(state, action)
    except IllegalTransitionError:
        raise illegal(count, action) from None


def illegal(count: Count, action: str, *, because: str = "") -> ConflictError:
    """Make the refusal that says what is possible instead."""
    allowed = COUNT_TRANSITIONS.actions(CountState(count.state))
    public = to_public(COUNT_PREFIX, count.id)
    return ConflictError(
        "illegal_transition",
        because or f"{action} is impossible: {public} is {count.state}.",
        fix=f"Read it again; possible now: {', '.join(allowed) or 'nothing any more'}.",
        id=public,
        state=str(count.state),
        action=action,
        allowed_actions=allowed,
    )

"""Writes of the sourcing room: decisions are kept, strategies live, scarce stock is priced."""

from chaland.sourcing.operations.decisions import record_decisions
from chaland.sourcing.operations.drafts import discard_draft, write_draft
from chaland.sourcing.operations.prices import replace_shadow_prices, take_turn_to_price
from chaland.sourcing.operations.reoptimisations import record_reoptimisation
from chaland.sourcing.operations.strategies import (
    activate,
    activate_due,
    retire,
    roll_back,
    withdraw_plan,
)
from chaland.sourcing.operations.traces import lock_strategies
from chaland.sourcing.operations.use import assign_channel, end_pilot, put_pilot

__all__ = [
    "activate",
    "activate_due",
    "assign_channel",
    "discard_draft",
    "end_pilot",
    "lock_strategies",
    "put_pilot",
    "record_decisions",
    "record_reoptimisation",
    "replace_shadow_prices",
    "retire",
    "roll_back",
    "take_turn_to_price",
    "withdraw_plan",
    "write_draft",
]

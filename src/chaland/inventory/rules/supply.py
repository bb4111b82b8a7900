"""What may be done with goods on their way, and what becomes of their numbers."""

from dataclasses import replace

from chaland.inventory.types import (
    MAX_QUANTITY,
    SupplyDraft,
    SupplyKind,
    SupplyLine,
    SupplyReceipt,
    SupplyState,
)
from chaland.kernel.errors import FieldProblem

_CLOSED = frozenset({SupplyState.RECEIVED, SupplyState.CANCELLED})


def malformed_draft(draft: SupplyDraft) -> FieldProblem | None:
    """Return what is wrong with the announcement itself, whatever is stored; None if nothing."""
    if not 1 <= draft.quantity <= MAX_QUANTITY:
        return _out_of_range("quantity", 1)
    if draft.kind == SupplyKind.TRANSFER:
        if draft.origin_id is None:
            return FieldProblem(
                "origin", "missing", "a transfer leaves from a location", "send its origin"
            )
        if draft.origin_id == draft.destination_id:
            return FieldProblem(
                "origin", "same_place", "origin and destination are the same", "send two locations"
            )
    elif draft.origin_id is not None:
        return FieldProblem(
            "origin",
            "only_for_transfers",
            "a purchase comes from a supplier, not from a location",
            "leave origin out, or send the kind transfer",
        )
    return None


def may_change(
    line: SupplyLine, draft: SupplyDraft, *, same_goods: bool
) -> SupplyLine | FieldProblem:
    """Return *line* with the quantity of *draft*, or why it may not have it.

    *same_goods* says that kind, SKU and places are those that were announced.
    """
    if not same_goods:
        return FieldProblem(
            "reference",
            "supply_moved",
            "this line was announced with another SKU, place or kind",
            "cancel it and announce the new one under a line of its own",
        )
    if draft.quantity == line.quantity:
        return line
    if line.state in _CLOSED:
        return FieldProblem(
            "quantity",
            "supply_closed",
            f"the line is {line.state}, nothing of it is to come",
            "announce further goods under a line of their own",
        )
    if line.kind == SupplyKind.TRANSFER and line.dispatched:
        return FieldProblem(
            "quantity",
            "already_dispatched",
            "the goods have left with another quantity",
            "receive them; what is missing is told by closing the transfer",
        )
    if draft.quantity < line.received + line.cancelled:
        return FieldProblem(
            "quantity",
            "below_received",
            f"{line.received} unit(s) have arrived and {line.cancelled} were cancelled",
            "send at least their sum",
        )
    return replace(line, quantity=draft.quantity)


def after_receipt(line: SupplyLine, receipt: SupplyReceipt) -> SupplyLine | FieldProblem:
    """Return the numbers after goods arrived, or why they cannot have."""
    problem = _malformed_receipt(receipt) or _unreceivable(line, receipt.quantity)
    if problem is not None:
        return problem
    after = replace(
        line, received=line.received + receipt.quantity, damaged=line.damaged + receipt.damaged
    )
    if not receipt.close:
        return after
    if line.kind == SupplyKind.TRANSFER:
        return replace(after, lost=after.lost + after.open)
    return replace(after, cancelled=after.cancelled + after.open)


def _malformed_receipt(receipt: SupplyReceipt) -> FieldProblem | None:
    if not 0 <= receipt.quantity <= MAX_QUANTITY or not (receipt.quantity or receipt.close):
        return _out_of_range("quantity", 0 if receipt.close else 1)
    if not 0 <= receipt.damaged <= receipt.quantity:
        return FieldProblem(
            "damaged",
            "out_of_range",
            f"{receipt.damaged} of {receipt.quantity} arrived unit(s) cannot be damaged",
            "send how many of the quantity are not fit for sale",
        )
    return None


def _unreceivable(line: SupplyLine, quantity: int) -> FieldProblem | None:
    if line.state in _CLOSED:
        return FieldProblem(
            "supply",
            "supply_closed",
            f"the line is {line.state}, nothing of it is to come",
            "check the id; report goods that nobody announced as an adjustment",
        )
    if not line.dispatched:
        return FieldProblem(
            "supply", "not_dispatched", "the transfer has not left its origin", "dispatch it first"
        )
    if line.kind == SupplyKind.TRANSFER and quantity > line.open:
        return FieldProblem(
            "quantity",
            "more_than_dispatched",
            f"{line.open} unit(s) are on their way",
            "receive what was dispatched; count the shelf here and at the origin for the rest",
        )
    return None


def after_cancellation(line: SupplyLine, quantity: int | None) -> SupplyLine | FieldProblem:
    """Return the numbers after units were called off, or why they cannot be."""
    if line.state in _CLOSED:
        return FieldProblem(
            "supply", "supply_closed", f"the line is {line.state} already", "nothing is left to do"
        )
    if line.kind == SupplyKind.TRANSFER and line.dispatched:
        return FieldProblem(
            "supply",
            "already_dispatched",
            "the goods have left their origin",
            "receive them with close: what has not arrived is then named as lost",
        )
    units = line.open if quantity is None else quantity
    if not 1 <= units <= line.open:
        return FieldProblem(
            "quantity",
            "out_of_range",
            f"{line.open} unit(s) are open",
            "cancel 1 to as many, or leave quantity out for all",
        )
    return replace(line, cancelled=line.cancelled + units)


def after_dispatch(line: SupplyLine, quantity: int | None) -> SupplyLine | FieldProblem:
    """Return the numbers after a transfer has left, or why it cannot.

    What is planned and does not leave is cancelled.
    """
    if line.kind != SupplyKind.TRANSFER:
        return FieldProblem(
            "supply", "no_transfer", "a supplier's delivery is not dispatched here", "receive it"
        )
    if line.dispatched or line.state in _CLOSED:
        return FieldProblem(
            "supply",
            "already_dispatched" if line.dispatched else "supply_closed",
            f"the transfer is {line.state}",
            "read it again: somebody else has dealt with it",
        )
    units = line.open if quantity is None else quantity
    if not 1 <= units <= line.open:
        return FieldProblem(
            "quantity",
            "out_of_range",
            f"{line.open} unit(s) are planned",
            "dispatch 1 to as many, or leave quantity out for all",
        )
    return replace(line, dispatched=True, cancelled=line.cancelled + line.open - units)


def _out_of_range(field: str, least: int) -> FieldProblem:
    return FieldProblem(
        field,
        "out_of_range",
        "the quantity is out of range",
        f"send {least} to {MAX_QUANTITY} units",
    )

"""From table rows to the words of the room."""

from collections.abc import Iterable
from dataclasses import fields
from uuid import UUID

from chaland.fulfilment.models import FulfilmentLine, FulfilmentOrder, Parcel
from chaland.fulfilment.types import (
    FulfilmentLineView,
    FulfilmentMethod,
    FulfilmentState,
    FulfilmentView,
    ParcelView,
)

_COPIED = tuple(
    item.name for item in fields(FulfilmentView) if item.name not in {"state", "method"}
)
_LINE_COPIED = tuple(
    item.name for item in fields(FulfilmentLineView) if item.name != "fulfilment_id"
)
_PARCEL_COPIED = tuple(
    item.name for item in fields(ParcelView) if item.name not in {"fulfilment_id", "lines"}
)


def fulfilment_view(row: FulfilmentOrder) -> FulfilmentView:
    """Return a fulfilment order as read."""
    return FulfilmentView(
        state=FulfilmentState(row.state),
        method=FulfilmentMethod(row.method),
        **{name: getattr(row, name) for name in _COPIED},
    )


def line_view(row: FulfilmentLine) -> FulfilmentLineView:
    """Return a fulfilment line as read."""
    return FulfilmentLineView(
        fulfilment_id=row.fulfilment_order_id,
        **{name: getattr(row, name) for name in _LINE_COPIED},
    )


def parcel_view(row: Parcel) -> ParcelView:
    """Return a parcel as read; its lines are prefetched."""
    return ParcelView(
        fulfilment_id=row.fulfilment_order_id,
        lines={line.line_id: line.quantity for line in row.lines.all()},
        **{name: getattr(row, name) for name in _PARCEL_COPIED},
    )


def lines_by_order(fulfilment_ids: Iterable[UUID]) -> dict[UUID, list[FulfilmentLineView]]:
    """Return the lines of fulfilment orders, in the order in which they were planned; one query."""
    lines: dict[UUID, list[FulfilmentLineView]] = {item: [] for item in fulfilment_ids}
    for row in FulfilmentLine.objects.filter(fulfilment_order_id__in=lines).order_by("id"):
        lines[row.fulfilment_order_id].append(line_view(row))
    return lines

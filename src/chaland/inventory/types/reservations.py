"""Units kept for order lines, and how they are let go again."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from chaland.inventory.types.lots import NamedUnits
from chaland.inventory.types.positions import UnavailableStatus
from chaland.kernel.errors import ConflictError


@dataclass(frozen=True, slots=True)
class ReservationRequest:
    """Keep *quantity* (≥ 1) units of a SKU at a location for an order line.

    ``keep`` is how many units must remain available after it, besides what quotas of other channels
    hold there: what the channel's rules withhold. When several requests of a call name one
    position, the largest ``keep`` holds for their sum.
    ``channel_id`` is who sold it; a quota of that channel at the position is used.
    """

    reservation_id: UUID
    sku_id: int
    location_id: int
    quantity: int
    order_id: UUID
    order_line_id: UUID
    keep: int = 0
    channel_id: int | None = None


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """Give *quantity* units of a reservation back to sale; None means all that is still open.

    ``cause_id`` is the public id of what caused it, of the type named in the call.
    """

    reservation_id: UUID
    quantity: int | None = None
    cause_id: str = ""


@dataclass(frozen=True, slots=True)
class IssueRequest:
    """Let *quantity* units of a reservation leave the building; None means all that is still open.

    *named* are those that were scanned; of the others the lots that expire first leave first.
    ``cause_id`` is the public id of what caused it, of the type named in the call.
    """

    reservation_id: UUID
    quantity: int | None = None
    cause_id: str = ""
    named: tuple[NamedUnits, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """What a release or an issue did to a reservation: *quantity* units were given back or left."""

    reservation_id: UUID
    sku_id: int
    location_id: int
    quantity: int
    order_id: UUID
    order_line_id: UUID


@dataclass(frozen=True, slots=True)
class BlockRequest:
    """Move *quantity* (≥ 1) sellable units of a position to *status*."""

    sku_id: int
    location_id: int
    quantity: int
    status: UnavailableStatus
    cause_id: str = ""


class ReservationSettledError(ConflictError):
    """A reservation is unknown or has fewer open units than asked; nothing was changed."""

    def __init__(self, open_units: Mapping[UUID, int | None]) -> None:
        self.open_units = dict(open_units)
        super().__init__(
            "reservation_settled",
            f"{len(open_units)} reservation(s) were already released or issued, wholly or in part.",
            fix="Read the fulfilment order again: somebody else has dealt with it.",
        )

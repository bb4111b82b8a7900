"""Tables of the inventory room.

A position is the only row that is updated often; it names its SKU and location with real foreign
keys. Reservations, holds and movements are only written for a position that exists, by the
statement that changes it, so they carry no foreign keys of their own: each would cost a look-up and
a row lock per line.
"""

from chaland.inventory.models.confirmations import Acknowledgement, Confirmation
from chaland.inventory.models.holds import Hold
from chaland.inventory.models.ledger import Movement
from chaland.inventory.models.lots import Lot, Serial
from chaland.inventory.models.positions import Position
from chaland.inventory.models.quotas import Quota
from chaland.inventory.models.reservations import Reservation
from chaland.inventory.models.supply import Supply

__all__ = [
    "Acknowledgement",
    "Confirmation",
    "Hold",
    "Lot",
    "Movement",
    "Position",
    "Quota",
    "Reservation",
    "Serial",
    "Supply",
]

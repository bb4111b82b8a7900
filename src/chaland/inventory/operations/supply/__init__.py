"""Goods on their way: announced, called off, dispatched, received. Each item is decided alone.

Locks: the sources of announcements, then positions by (sku, location), then supply lines by id.
"""

from chaland.inventory.operations.supply.announcing import announce_supply
from chaland.inventory.operations.supply.cancelling import cancel_supply
from chaland.inventory.operations.supply.dispatching import dispatch_transfers
from chaland.inventory.operations.supply.receiving import receive_supply

__all__ = ["announce_supply", "cancel_supply", "dispatch_transfers", "receive_supply"]

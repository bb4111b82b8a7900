"""Writes of the outbox."""

from chaland.outbox.operations.delivering import deliver_next
from chaland.outbox.operations.endpoints import (
    create_endpoint,
    delete_endpoint,
    lock_endpoint,
    replay,
    retry_delivery,
    rotate_secret,
    update_endpoint,
)
from chaland.outbox.operations.maintenance import purge_deliveries, tick
from chaland.outbox.operations.publishing import publish
from chaland.outbox.operations.reading import fan_out, react

__all__ = [
    "create_endpoint",
    "delete_endpoint",
    "deliver_next",
    "fan_out",
    "lock_endpoint",
    "publish",
    "purge_deliveries",
    "react",
    "replay",
    "retry_delivery",
    "rotate_secret",
    "tick",
    "update_endpoint",
]

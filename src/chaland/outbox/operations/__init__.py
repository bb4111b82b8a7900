"""Writes of the outbox."""

from chaland.outbox.operations.publishing import publish

__all__ = ["publish"]

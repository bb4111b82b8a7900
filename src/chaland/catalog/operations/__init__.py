"""Writes of the catalog room: set-based, audited, told as events."""

from chaland.catalog.operations.skus import lock_catalog, upsert_skus

__all__ = ["lock_catalog", "upsert_skus"]

"""Late messages and counts of whole shelves keep out of each other's way.

A count of a million positions compares most of them without locking them. What could spoil such a
comparison is only a message about the time before the count that is being written at this moment.
So whoever writes one holds a shared lock on its SKUs' block, and who counts an exclusive one, until
its transaction ends; both before they lock positions. Orders, which happen now, never wait for it.
"""

from collections.abc import Iterable

from chaland.database import statements

_CLASS = 7_301
"""Any number that nothing else uses for advisory locks of two numbers."""

_BITS = 8
"""A block is 256 SKUs, by id."""

_SHARED = """
SELECT pg_advisory_xact_lock_shared(%(class)s::int, block)
FROM unnest(%(blocks)s::int[]) AS asked (block)
"""
_EXCLUSIVE = """
SELECT pg_advisory_xact_lock(%(class)s::int, block)
FROM unnest(%(blocks)s::int[]) AS asked (block)
"""


def guard_late(*, sku_ids: Iterable[int]) -> None:
    """Keep counts of these SKUs waiting until the transaction ends."""
    _lock(_SHARED, sku_ids)


def guard_count(*, sku_ids: Iterable[int]) -> None:
    """Keep late messages and other counts of these SKUs waiting until the transaction ends."""
    _lock(_EXCLUSIVE, sku_ids)


def _lock(statement: str, sku_ids: Iterable[int]) -> None:
    blocks = sorted({sku >> _BITS for sku in sku_ids})
    if blocks:
        statements.fetch_all(statement, {"class": _CLASS, "blocks": blocks})

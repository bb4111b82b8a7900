"""Writes. A count's row is locked before the positions that it is about.

Nobody who holds positions ever waits for a count, so the two orders cannot meet.
"""

from chaland.accuracy.operations.deciding import approve, cancel, reject
from chaland.accuracy.operations.opening import open_count
from chaland.accuracy.operations.policies import put_policies, remove_policy
from chaland.accuracy.operations.scanning import record_scans
from chaland.accuracy.operations.settling import retry_held
from chaland.accuracy.operations.submitting import submit

__all__ = [
    "approve",
    "cancel",
    "open_count",
    "put_policies",
    "record_scans",
    "reject",
    "remove_policy",
    "retry_held",
    "submit",
]

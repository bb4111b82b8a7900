"""Writes. A count's row is locked before the positions that it is about.

Nobody who holds positions ever waits for a count, so the two orders cannot meet.
"""

from chaland.accuracy.operations.deciding import approve, cancel, reject
from chaland.accuracy.operations.learning import is_time_to_learn, learn_chances
from chaland.accuracy.operations.opening import open_count
from chaland.accuracy.operations.policies import put_policies, remove_policy
from chaland.accuracy.operations.reading import read_ledger, read_ledger_anew, score_due
from chaland.accuracy.operations.scanning import record_scans
from chaland.accuracy.operations.settling import retry_held
from chaland.accuracy.operations.submitting import submit

__all__ = [
    "approve",
    "cancel",
    "is_time_to_learn",
    "learn_chances",
    "open_count",
    "put_policies",
    "read_ledger",
    "read_ledger_anew",
    "record_scans",
    "reject",
    "remove_policy",
    "retry_held",
    "score_due",
    "submit",
]

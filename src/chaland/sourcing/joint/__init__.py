"""Assign waiting orders together: never dearer than they are, every promise kept.

Read-only like ``engine``; what it chooses is written by whoever asked.
"""

from chaland.sourcing.joint.placing import placement_of
from chaland.sourcing.joint.reassigning import reassign
from chaland.sourcing.rules.joint.batches import batches_of, groups_of

__all__ = ["batches_of", "groups_of", "placement_of", "reassign"]

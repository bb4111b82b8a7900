"""Assign waiting orders together: never dearer than they are, every promise kept.

Read-only like ``engine``; what it chooses is written by whoever asked.
"""

from chaland.sourcing.joint.reassigning import reassign

__all__ = ["reassign"]

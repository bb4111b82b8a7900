"""Writes: to the lab's own table, and to nothing else but the audit log."""

from chaland.lab.operations.asking import ask_to_stop, resume_run, start_run
from chaland.lab.operations.working import work_next

__all__ = ["ask_to_stop", "resume_run", "start_run", "work_next"]

"""Writes. Batches are merged in the caller's transaction; files in transactions of their own."""

from chaland.feeds.operations.feeds import save_feed
from chaland.feeds.operations.intake import acknowledge_causes, receive_file, receive_lines
from chaland.feeds.operations.mending import dismiss, heal, replay
from chaland.feeds.operations.silence import watch_silence
from chaland.feeds.operations.steering import ask_to_stop, resume_run
from chaland.feeds.operations.working import work_next

__all__ = [
    "acknowledge_causes",
    "ask_to_stop",
    "dismiss",
    "heal",
    "receive_file",
    "receive_lines",
    "replay",
    "resume_run",
    "save_feed",
    "watch_silence",
    "work_next",
]

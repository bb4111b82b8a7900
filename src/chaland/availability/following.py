"""The loop that keeps ring-fences in step with rules, with stock and with the day.

Changed rules, and positions whose stock changed, are looked at within seconds; once a day (at 0:00
UTC) percentages are worked out anew. Any number of workers may run it: writers take turns.
"""

import threading
from dataclasses import dataclass, field

import structlog
from django.db import DatabaseError, close_old_connections

from chaland.availability.operations import fenced_sku_ids, follow_rules, is_due, mark_done
from chaland.availability.queries import REVISION
from chaland.database.revision import read_revisions
from chaland.inventory.queries import stock_changes
from chaland.inventory.types import NOTHING_READ, LedgerPoint
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM

LOOK_SECONDS = 1.0
CHORE = "rebase_quotas"

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Follower:
    """What one worker has seen: rules and network of which revisions, the ledger up to where."""

    _revisions: tuple[int, ...] = ()
    _point: LedgerPoint = NOTHING_READ
    _fenced: frozenset[int] = field(default_factory=frozenset)

    def look(self) -> int:
        """Bring quotas up to date; return how many changed."""
        now = clock.now()
        found = read_revisions()
        revisions = tuple(found.get(name, 0) for name in (REVISION, "network", "catalog"))
        changes = stock_changes(self._point)
        rebase = is_due(CHORE, now.date())
        if rebase or revisions != self._revisions or not changes.complete:
            self._fenced = frozenset(fenced_sku_ids())
            due = self._fenced
        else:
            due = self._fenced.intersection(changes.sku_ids.tolist())
        done = follow_rules(sku_ids=due, now=now, actor=SYSTEM, rebase=rebase) if due else 0
        if rebase:
            mark_done(CHORE, now.date())
        self._revisions, self._point = revisions, changes.point
        return done


def start(stop: threading.Event) -> None:
    """Run until *stop* is set; what fails is tried again a second later."""
    follower = Follower()
    while not stop.wait(LOOK_SECONDS):
        close_old_connections()
        try:
            follower.look()
        except DatabaseError as error:
            log.warning("quotas.following_failed", error=repr(error))

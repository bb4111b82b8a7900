"""How far somebody has read the ledger, and what is new since."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_LAST_XID = 2**64 - 1


@dataclass(frozen=True, slots=True)
class LedgerPoint:
    """Which transactions a snapshot showed: all before ``since`` except the ``unfinished``."""

    since: int
    unfinished: tuple[int, ...]

    @classmethod
    def of(cls, snapshot: str, own: str | None) -> "LedgerPoint":
        """Read ``xmin:xmax:xip_list``; the reader's own transaction counts as unfinished."""
        _, since, unfinished = snapshot.split(":")
        open_ids = {int(text) for text in unfinished.split(",") if text}
        if own is not None:
            open_ids.add(int(own))
        return cls(int(since), tuple(sorted(open_ids)))

    @classmethod
    def parse(cls, text: str) -> "LedgerPoint | None":
        """Read what ``str`` wrote; None from nothing."""
        if not text:
            return None
        since, _, unfinished = text.partition(":")
        return cls(int(since), tuple(int(item) for item in unfinished.split(",") if item))

    def __str__(self) -> str:
        return f"{self.since}:{','.join(map(str, self.unfinished))}"

    @property
    def is_nowhere(self) -> bool:
        """Tell whether nothing was read yet."""
        return self.since == _LAST_XID


NOTHING_READ = LedgerPoint(_LAST_XID, ())
"""Where a reader stands who wants no line of the past."""


@dataclass(frozen=True, slots=True)
class StockChanges:
    """SKUs whose positions changed since a point, and the point up to which that is known.

    Not ``complete``: too much changed to list, or the database went back in time (a fail-over).
    """

    point: LedgerPoint
    sku_ids: npt.NDArray[np.int32]
    complete: bool

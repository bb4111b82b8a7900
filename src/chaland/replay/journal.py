"""What a replay has settled, on disk, so that an interrupted one goes on where it stopped."""

import json
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Any

from chaland.replay.types import Outcome, ReplayError


def fingerprint(parts: Iterable[object]) -> str:
    """Return a short name of what a replay is made of: file, server, channel and period."""
    return blake2b("\n".join(map(str, parts)).encode(), digest_size=8).hexdigest()


class Journal:
    """One replay's file, a JSON document a line: a heading, each outcome, and at last the end.

    ``outcomes`` holds what an interrupted run had settled; it is empty when the last run came to
    its end. ``cancelled`` holds, for each cancellation ever carried out, the order that it changed:
    an order sent again is recognised by the server, a cancellation by this.
    """

    def __init__(self, path: Path, name: str) -> None:
        """Open or begin the journal. Raises ReplayError when *path* is another replay's."""
        self.path = path
        self.outcomes: dict[str, Outcome] = {}
        self.cancelled: dict[str, str] = {}
        self._name = name
        for entry in _entries(path):
            self._take(entry)
        self._rewrite()

    def record(self, outcomes: Iterable[Outcome]) -> None:
        """Add what was settled; it is on its way to the disk when this returns."""
        with self.path.open("a", encoding="utf-8") as file:
            for outcome in outcomes:
                file.write(_line(_outcome_entry(outcome)))
                self.cancelled.update(outcome.cancelled)

    def finish(self) -> None:
        """Note that every invoice is settled: the next run begins anew."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(_line({"finished": True}))

    def _take(self, entry: dict[str, Any]) -> None:
        if "replay" in entry:
            if entry["replay"] != self._name:
                raise ReplayError(
                    f"{self.path} is the journal of another replay (other file, server, channel or"
                    " period); name another with --journal, or delete it"
                )
        elif "finished" in entry:
            self.outcomes.clear()
        elif "cancelled_before" in entry:
            self.cancelled.update(entry["cancelled_before"])
        else:
            outcome = Outcome(**entry)
            self.outcomes[outcome.invoice] = outcome
            self.cancelled.update(outcome.cancelled)

    def _rewrite(self) -> None:
        """Write the file anew, without what a crash left half written."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".draft")
        with draft.open("w", encoding="utf-8") as file:
            file.write(_line({"replay": self._name}))
            file.write(_line({"cancelled_before": self.cancelled}))
            for outcome in self.outcomes.values():
                file.write(_line(_outcome_entry(outcome)))
        draft.replace(self.path)


def _entries(path: Path) -> Iterable[dict[str, Any]]:
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            try:
                entry = json.loads(line)
            except json.JSONDecodeError:
                continue  # the last line of a run that was killed; the server knows the rest
            if isinstance(entry, dict):
                yield entry


def _line(entry: dict[str, Any]) -> str:
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n"


def _outcome_entry(outcome: Outcome) -> dict[str, Any]:
    return {
        "invoice": outcome.invoice,
        "verdict": outcome.verdict,
        "reason": outcome.reason,
        "is_cancellation": outcome.is_cancellation,
        "lines": dict(outcome.lines),
        "order_ids": dict(outcome.order_ids),
        "cancelled": dict(outcome.cancelled),
    }

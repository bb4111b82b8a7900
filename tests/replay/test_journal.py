"""The journal: an interrupted replay goes on, a finished one begins anew."""

from pathlib import Path

import pytest

from chaland.replay.journal import Journal
from chaland.replay.types import Outcome, ReplayError

FIRST = Outcome("1", "accepted", lines={"accepted": 2}, order_ids={"1": "ord_1"})
SECOND = Outcome(
    "C2", "accepted", is_cancellation=True, lines={"accepted": 1}, cancelled={"C2>1": "ord_1"}
)


def test_an_interrupted_replay_finds_what_it_had_settled(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "journal.jsonl"
    Journal(path, "a").record([FIRST, SECOND])
    again = Journal(path, "a")
    assert again.outcomes == {"1": FIRST, "C2": SECOND}
    assert again.cancelled == {"C2>1": "ord_1"}


def test_a_line_that_was_cut_short_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path, "a").record([FIRST])
    with path.open("a") as file:
        file.write('{"invoice":"2","verd')
    assert set(Journal(path, "a").outcomes) == {"1"}
    Journal(path, "a").record([SECOND])
    assert set(Journal(path, "a").outcomes) == {"1", "C2"}


def test_a_finished_replay_begins_anew_but_remembers_its_cancellations(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path, "a")
    journal.record([FIRST, SECOND])
    journal.finish()
    for _ in range(2):
        again = Journal(path, "a")
        assert again.outcomes == {}
        assert again.cancelled == {"C2>1": "ord_1"}


def test_another_replay_may_not_write_in_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path, "a").record([FIRST])
    with pytest.raises(ReplayError, match="another replay"):
        Journal(path, "b")

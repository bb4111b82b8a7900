"""What the room tells the world."""

from dataclasses import dataclass
from typing import ClassVar

from chaland.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class StockMerged(DomainEvent):
    """Part of a run was merged: so many positions changed, one event for thousands of lines.

    ``skus`` are the codes of those touched, unless there are more than fit (``skus_total`` says);
    the ledger has the lines, by the cause ``run``.
    """

    TYPE: ClassVar[str] = "stock.merged"

    feed: str
    run: str
    lines: int
    applied: int
    units_in: int
    units_out: int
    skus_total: int
    skus: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockShortfall(DomainEvent):
    """A source says that fewer units are there than orders hold; ``missing`` were not taken away.

    The line waits in quarantine. ``orders`` are some of those that hold units there.
    """

    TYPE: ClassVar[str] = "stock.shortfall"

    feed: str
    run: str
    location: str
    missing: int
    reserved: int
    unavailable: int
    orders: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded(DomainEvent):
    """A run is done, has failed (``problem``), or was stopped."""

    TYPE: ClassVar[str] = "feed.run_ended"

    feed: str
    state: str
    kind: str
    file_name: str
    tally: dict[str, int]
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSilent(DomainEvent):
    """A feed was not heard of for longer than it should be."""

    TYPE: ClassVar[str] = "feed.silent"

    name: str
    last_heard_at: str | None
    expected_every_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRecovered(DomainEvent):
    """A feed that was silent was heard of again."""

    TYPE: ClassVar[str] = "feed.recovered"

    name: str
    silent_since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedChanged(DomainEvent):
    """A feed was made or its settings changed."""

    TYPE: ClassVar[str] = "feed.changed"

    change: str
    changed: list[str]
    version: int

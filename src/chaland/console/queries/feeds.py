"""Feeds as the console shows them: how each does, its runs, what waits in quarantine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from chaland.console import feed_words
from chaland.feeds import queries as feeds
from chaland.feeds.types import FeedHealth, FeedView, QuarantineView, RunState, RunView
from chaland.kernel.actor import Actor
from chaland.kernel.ids import to_public

RUN_PREFIX = "run"
RUNS, EXAMPLES, TREND = 15, 5, 24
_UNDER_WAY = (RunState.RECEIVING, RunState.CHECKING, RunState.APPLYING)
_ALL = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCard:
    """How a feed does."""

    health: FeedHealth
    url: str
    state: str
    waiting: int
    lag: timedelta | None
    running: "RunRow | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A run as a line of a table; ``bar`` is how far it is, 0 to 100."""

    id: str
    url: str
    view: RunView
    under_way: bool
    bar: int
    kind: str
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why lines wait, how many, and the latest of them."""

    code: str
    text: str
    fix: str
    count: int
    examples: Sequence[QuarantineView]


@dataclass(frozen=True, slots=True)
class Column:
    """A run in the drawing of the trend; numbers are text."""

    x: str
    y: str
    height: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """Everything on the page of a feed."""

    feed: FeedView
    card: FeedCard
    runs: list[RunRow]
    reasons: list[Reason]
    trend: list[Column]


def feed_cards(actor: Actor, now: datetime) -> list[FeedCard]:
    """Return how each feed does, what needs a person first; the number of queries is fixed."""
    cards = [_card(item) for item in feeds.health(actor=actor, now=now)]
    return sorted(cards, key=lambda card: (_URGENCY[card.state], card.health.name))


def feed_page(code: str, actor: Actor, now: datetime) -> FeedPage:
    """Read one feed. Raises NotFoundError; the number of queries is fixed."""
    feed = feeds.feed(code, actor=actor)
    card = next(item for item in feed_cards(actor, now) if item.health.feed == code)
    runs = feeds.runs(actor=actor, feed_code=code, limit=TREND)
    waiting = feeds.quarantine(actor=actor, feed_code=code, limit=_ALL)
    return FeedPage(
        feed=feed,
        card=card,
        runs=[run_row(item) for item in runs[:RUNS]],
        reasons=_reasons(card.health.quarantined, waiting),
        trend=_trend(runs),
    )


def run_row(view: RunView) -> RunRow:
    """Return a run as it is shown."""
    public = to_public(RUN_PREFIX, view.id)
    took = view.ended_at - view.started_at if view.ended_at and view.started_at else None
    return RunRow(
        id=public,
        url=reverse("console:run", args=[public]),
        view=view,
        under_way=view.state in _UNDER_WAY,
        bar=round(100 * view.done / view.to_do) if view.to_do else 0,
        kind=feed_words.run_kind(view.kind),
        seconds=None if took is None else round(took.total_seconds(), 1),
    )


def _card(health: FeedHealth) -> FeedCard:
    waiting = sum(health.quarantined.values())
    if not health.active:
        state = "off"
    elif health.silent_since is not None:
        state = "silent"
    elif health.last_run is not None and health.last_run.state is RunState.FAILED:
        state = "failed"
    else:
        state = "waiting" if waiting else "well"
    return FeedCard(
        health=health,
        url=reverse("console:feed", args=[health.feed]),
        state=state,
        waiting=waiting,
        lag=None if health.lag_seconds is None else timedelta(seconds=health.lag_seconds),
        running=None if health.running is None else run_row(health.running),
    )


_URGENCY = {"silent": 0, "failed": 1, "waiting": 2, "well": 3, "off": 4}


def _reasons(counts: Mapping[str, int], waiting: Sequence[QuarantineView]) -> list[Reason]:
    """Return why lines wait, the most frequent reason first."""
    return [
        Reason(
            code=code,
            text=feed_words.reason(code),
            fix=feed_words.fix(code),
            count=count,
            examples=[line for line in waiting if line.reason == code][:EXAMPLES],
        )
        for code, count in sorted(counts.items(), key=lambda item: -item[1])
        if count
    ]


def _trend(runs: Sequence[RunView]) -> list[Column]:
    """Return the quarantined lines of each run as columns, the oldest first."""
    most = max((run.tally.quarantined for run in runs), default=0)
    if not most:
        return []
    found = []
    for place, run in enumerate(reversed(runs)):
        height = 40 * run.tally.quarantined / most
        found.append(
            Column(
                x=f"{place * 10}",
                y=f"{40 - height:.1f}",
                height=f"{height:.1f}",
                text=f"{run.tally.quarantined}",
            )
        )
    return found

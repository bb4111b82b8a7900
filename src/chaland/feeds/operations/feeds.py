"""Feeds are made and changed."""

from dataclasses import asdict
from datetime import datetime

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.feeds import rules
from chaland.feeds.events import FeedChanged
from chaland.feeds.models import Feed
from chaland.feeds.queries import feed_view
from chaland.feeds.types import FeedDraft, FeedView
from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError, FieldProblem, InvalidInputError
from chaland.kernel.outcomes import OutcomeStatus
from chaland.network.queries import snapshot
from chaland.outbox.operations import publish

_PLAIN = (
    "name",
    "expected_every_minutes",
    "folder",
    "closes_unmentioned",
    "most_closed_percent",
    "active",
)


def save_feed(*, draft: FeedDraft, now: datetime, actor: Actor) -> tuple[OutcomeStatus, FeedView]:
    """Make a feed, or bring the one of this code to the draft's settings.

    Raises InvalidInputError, naming every field that is wrong, and DomainError (403) when the actor
    is limited to some organisations: a feed's settings decide whose stock it changes.
    """
    if actor.organisations is not None or actor.locations is not None:
        raise DomainError(
            code="outside_your_organisation",
            message="Feeds belong to the whole group; your key is limited to a part of it.",
            status=403,
            fix="Ask an administrator to make the feed, limited to your organisation.",
        )
    problems = [*rules.draft_problems(draft), *_unknown_places(draft)]
    known = Feed.objects.select_for_update().filter(code=draft.code).first()
    if draft.folder and (
        Feed.objects.filter(folder=draft.folder).exclude(code=draft.code).exists()
    ):
        problems.append(
            FieldProblem(
                "folder", "folder_taken", "another feed watches it", "Name another folder."
            )
        )
    if problems:
        raise InvalidInputError(problems)
    row = known or Feed(code=draft.code, created_at=now, acknowledged_to=now, version=0)
    before = None if known is None else _form(known)
    _fill(row, draft)
    after = _form(row)
    if before == after:
        return "unchanged", feed_view(row)
    row.version += 1
    row.save()
    _leave_traces(row, before, after, now, actor)
    return ("created" if before is None else "updated"), feed_view(row)


def _fill(row: Feed, draft: FeedDraft) -> None:
    for name in _PLAIN:
        setattr(row, name, getattr(draft, name))
    row.mode, row.hearing = draft.mode.value, draft.hearing.value
    layout = asdict(draft.layout)
    row.format = draft.layout.format.value
    row.layout = {name: value for name, value in layout.items() if name != "format"}
    row.layout["columns"] = dict(draft.layout.columns)
    row.locations, row.organisations = list(draft.locations), list(draft.organisations)


def _form(row: Feed) -> dict[str, object]:
    names = (*_PLAIN, "mode", "hearing", "format", "layout", "locations", "organisations")
    return {name: getattr(row, name) for name in names}


def _unknown_places(draft: FeedDraft) -> list[FieldProblem]:
    network = snapshot()
    organisations = {item.code for item in network.organisations}
    unknown = [
        ("locations", place, "location", code)
        for place, code in enumerate(draft.locations)
        if code not in network.by_code
    ]
    unknown += [
        ("organisations", place, "organisation", code)
        for place, code in enumerate(draft.organisations)
        if code not in organisations
    ]
    return [
        FieldProblem(
            f"{name}[{place}]", "unknown", f"there is no {what} {code!r}", f"Create the {what}."
        )
        for name, place, what, code in unknown
    ]


def _leave_traces(
    row: Feed,
    before: dict[str, object] | None,
    after: dict[str, object],
    now: datetime,
    actor: Actor,
) -> None:
    changed = [name for name, value in after.items() if before is None or before[name] != value]
    record_audit(
        [
            AuditFact(
                actor=actor,
                action="feeds.save",
                entity_type="feed",
                entity_id=row.code,
                at=now,
                before=before,
                after=after,
            )
        ]
    )
    event = FeedChanged(
        occurred_at=now,
        stream=f"feed:{row.code}",
        subject=row.code,
        change="created" if before is None else "updated",
        changed=changed,
        version=row.version,
    )
    publish([event], actor=actor)

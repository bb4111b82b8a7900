"""Routes by which systems speak: lines in bulk, and what they have booked."""

from collections.abc import Sequence
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Router
from pydantic import Field, StringConstraints, ValidationError

from chaland.feeds import rules
from chaland.feeds.api.runs import FeedRunAnswer
from chaland.feeds.operations import acknowledge_causes, receive_lines
from chaland.feeds.queries import feed_version
from chaland.feeds.types import LineDraft, LineOutcome
from chaland.kernel.clock import now
from chaland.kernel.errors import FieldProblem, InvalidInputError
from chaland.web.authorisation import requires
from chaland.web.bulk import Unchecked, item_problems
from chaland.web.context import actor_of
from chaland.web.etags import check_if_match
from chaland.web.idempotency import idempotent
from chaland.web.schemas import BULK_LIMIT, Body, Code, FieldProblemView, Moment, View, example

router = Router()

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Reference = Annotated[str, StringConstraints(max_length=200)]


class FeedLineItem(Body):
    """What a source says of a position: `quantity` is what there is, or what came or went.

    `sku` is a code or a GTIN. A count needs `as_of`, here or for the whole batch; a difference
    needs a `line_id`, and is counted once however often it is sent.
    """

    model_config = example(
        {
            "sku": "LAMP",
            "location": "WH",
            "quantity": 12,
            "as_of": "2026-11-20T06:00:00+01:00",
            "line_id": "stock-77-1",
        }
    )

    sku: Identifier
    location: Code
    quantity: Annotated[int, Field(strict=True, ge=-1_000_000_000, le=1_000_000_000)]
    as_of: Moment | None = None
    line_id: Reference = ""

    def draft(self) -> LineDraft:
        """Return the line without its form."""
        return LineDraft(**self.model_dump())


class FeedLinesBody(Body):
    """Up to 500 lines of a feed, each merged or refused for itself.

    `as_of` is the moment of lines that name none. `acknowledged_to`: the source had booked what
    Chaland moved before this moment when it counted.
    """

    items: Annotated[list[Unchecked[FeedLineItem]], Field(min_length=1, max_length=BULK_LIMIT)]
    as_of: Moment | None = None
    acknowledged_to: Moment | None = None


class FeedLineResult(View):
    """What became of a line; `quarantined` and `rejected` say why and what mends it.

    A quarantined line is kept, and can be replayed; a rejected one was malformed. `missing` units
    could not be taken from what orders hold.
    """

    index: int
    status: Literal[
        "applied", "unchanged", "duplicate", "stale", "superseded", "quarantined", "rejected"
    ]
    line_id: str
    reason: str
    missing: int | None
    errors: list[FieldProblemView]


class FeedLinesAnswer(View):
    """What became of each line, in order, and the run that says it in sum (null: no good line)."""

    run: FeedRunAnswer | None
    results: list[FeedLineResult]


class AcknowledgedCause(Body):
    """A fulfilment order or transfer whose movements the source had booked at `known_at`."""

    model_config = example(
        {"cause": "ful_06a9xk2m5v7fn0v9c2q8w4t1dg", "known_at": "2026-11-20T06:00:00+01:00"}
    )

    cause: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    known_at: Moment


class AcknowledgementsBody(Body):
    """What a source has booked: causes by name, and everything before `acknowledged_to`."""

    items: Annotated[list[AcknowledgedCause], Field(max_length=BULK_LIMIT)] = []
    acknowledged_to: Moment | None = None


class AcknowledgementsAnswer(View):
    """How many causes were named, and how many of them are news."""

    named: int
    new: int


@router.post("/stock/feeds/{feed}/lines", response=FeedLinesAnswer)
@requires("stock:write")
@idempotent
def send_feed_lines(request: HttpRequest, feed: Code, body: FeedLinesBody) -> FeedLinesAnswer:
    """Send up to 500 counts or differences; late, repeated and re-ordered ones change nothing."""
    check_if_match(request, feed_version(feed))
    good: list[tuple[int, FeedLineItem]] = []
    results: dict[int, FeedLineResult] = {}
    for index, raw in enumerate(body.items):
        try:
            good.append((index, FeedLineItem.model_validate(raw)))
        except ValidationError as error:
            results[index] = _rejected(index, raw.get("line_id"), item_problems(error))
    run: FeedRunAnswer | None = None
    outcomes: list[LineOutcome] = []
    if good:
        view, outcomes = receive_lines(
            feed_code=feed,
            lines=[item.draft() for _, item in good],
            as_of=body.as_of,
            acknowledged_to=body.acknowledged_to,
            now=now(),
            actor=actor_of(request),
        )
        run = FeedRunAnswer.of(view)
    for (index, item), outcome in zip(good, outcomes, strict=True):
        results[index] = _result(index, item, outcome)
    return FeedLinesAnswer(run=run, results=[results[index] for index in sorted(results)])


@router.post("/stock/feeds/{feed}/acknowledgements", response=AcknowledgementsAnswer)
@requires("stock:write")
@idempotent
def acknowledge_movements(
    request: HttpRequest, feed: Code, body: AcknowledgementsBody
) -> AcknowledgementsAnswer:
    """Say what a source has booked of what Chaland moved, so that its counts are understood."""
    check_if_match(request, feed_version(feed))
    if not body.items and body.acknowledged_to is None:
        raise InvalidInputError(
            [
                FieldProblem(
                    "items", "missing", "nothing is acknowledged", "Send items or acknowledged_to."
                )
            ]
        )
    new = acknowledge_causes(
        feed_code=feed,
        causes=[(item.cause, item.known_at) for item in body.items],
        acknowledged_to=body.acknowledged_to,
        now=now(),
        actor=actor_of(request),
    )
    return AcknowledgementsAnswer(named=len(body.items), new=len(new))


def _result(index: int, item: FeedLineItem, outcome: LineOutcome) -> FeedLineResult:
    errors = []
    if outcome.reason:
        message, fix = rules.said_of(outcome.reason)
        errors = [
            FieldProblemView(field=outcome.field, code=outcome.reason, message=message, fix=fix)
        ]
    return FeedLineResult.model_validate(
        {
            "index": index,
            "status": outcome.status,
            "line_id": item.line_id,
            "reason": outcome.reason,
            "missing": outcome.missing,
            "errors": errors,
        }
    )


def _rejected(index: int, line_id: object, problems: Sequence[FieldProblem]) -> FeedLineResult:
    return FeedLineResult(
        index=index,
        status="rejected",
        line_id=line_id if isinstance(line_id, str) else "",
        reason="invalid_input",
        missing=None,
        errors=[
            FieldProblemView(field=item.field, code=item.code, message=item.message, fix=item.fix)
            for item in problems
        ],
    )

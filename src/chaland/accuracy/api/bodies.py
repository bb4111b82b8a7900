"""What is sent to, and answered by, the routes of counts."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from chaland.accuracy.types import (
    COUNT_PREFIX,
    CountDraft,
    CountKind,
    CountLineView,
    CountState,
    CountView,
    Decision,
    DriftReason,
    LineState,
    ScanDraft,
)
from chaland.kernel.ids import to_public
from chaland.web.schemas import BULK_LIMIT, Body, Code, Day, Moment, View, example

MOST_COUNTED = 1_000_000

ScanId = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,100}$")]
Number = Annotated[int, Field(strict=True, ge=0, le=MOST_COUNTED)]
Note = Annotated[str, Field(max_length=500)]


class CountBody(Body):
    """A count to be made.

    `kind` says what is on the list: up to `limit` SKUs that are worth most to count (`directed`),
    the `skus` of a `list`, all of a `category`, or nothing (`free`: lines come with the first
    scan). `blind`: who counts is not told what to expect.
    `freeze`: what could be sold of these SKUs is out of sale until each line is decided.
    """

    model_config = example(
        {"location": "SHOP-LILLE", "kind": "list", "skus": ["LAMP"], "name": "Window display"}
    )

    location: Code
    kind: CountKind
    name: Annotated[str, Field(max_length=200)] = ""
    skus: Annotated[list[Code], Field(max_length=5000)] = []
    category: Annotated[str, Field(max_length=200)] = ""
    limit: Annotated[int, Field(strict=True, ge=1, le=500)] = 50
    blind: bool = True
    freeze: bool = False
    due_on: Day | None = None

    def draft(self) -> CountDraft:
        """Return the draft of the count."""
        return CountDraft(
            location=self.location,
            kind=self.kind,
            name=self.name,
            skus=tuple(self.skus),
            category=self.category,
            limit=self.limit,
            blind=self.blind,
            freeze=self.freeze,
            due_on=self.due_on,
        )


class ScanItem(Body):
    """One unit more (`add`), or the whole number seen (`set`), of an article.

    `scan_id` is your own id of the scan: send it as often as you like, it counts once. `area` tells
    parts of the location apart: areas add up, two people in one area must agree. `counted_at` is
    when it was seen, which may be hours before it is sent.
    """

    model_config = example(
        {"scan_id": "tablet-7-0001", "sku": "LAMP", "mode": "set", "quantity": 49}
    )

    scan_id: ScanId
    sku: Code | None = None
    gtin: Annotated[str, StringConstraints(pattern=r"^[0-9]{8,14}$")] | None = None
    mode: Literal["add", "set"] = "add"
    quantity: Number = 1
    area: Annotated[str, Field(max_length=64)] = ""
    counted_at: Moment | None = None

    def draft(self) -> ScanDraft:
        """Return the scan as operations take it."""
        return ScanDraft(
            scan_id=self.scan_id,
            sku=self.sku or "",
            gtin=self.gtin or "",
            mode=self.mode,
            quantity=self.quantity,
            area=self.area,
            counted_at=self.counted_at,
        )


class DecisionBody(Body):
    """A line of a count, and why record and shelf differ, where that is known."""

    sku: Code
    reason: DriftReason | None = None

    def decision(self) -> Decision:
        """Return the decision as operations take it."""
        return Decision(sku=self.sku, reason=self.reason)


class SubmitBody(Body):
    """The end of counting. `lines` give reasons for differences; others may stay without.

    `uncounted` lines are skipped, or (`zero`) counted as gone.
    """

    model_config = example({"lines": [{"sku": "LAMP", "reason": "shrink"}]})

    lines: Annotated[list[DecisionBody], Field(max_length=BULK_LIMIT)] = []
    uncounted: Literal["skip", "zero"] = "skip"


class ApproveBody(Body):
    """Lines to be believed; left out: all that wait."""

    model_config = example({"note": "Seen on the camera."})

    lines: Annotated[list[DecisionBody], Field(max_length=BULK_LIMIT)] | None = None
    note: Note = ""


class RejectBody(ApproveBody):
    """Lines not to be believed; left out: all that wait. They are counted again if `recount`."""

    model_config = example({"recount": True, "note": "Look in the stock room, too."})

    recount: bool = True


class CancelCountBody(Body):
    """Why nobody will finish it."""

    model_config = example({"note": "Stocktaking was moved."})

    note: Note = ""


class CountPerson(View):
    """Who did something: a person, or a key."""

    id: str
    name: str


class CountAnswer(View):
    """A count; numbers are of its lines.

    `difference_units` and `money_at_stake` (of what is not decided, in the group's currency) are 0
    while a blind count is not submitted.
    """

    id: str
    location: str
    kind: CountKind
    state: CountState
    name: str
    category: str
    blind: bool
    freeze: bool
    due_on: date | None
    created_at: datetime
    created_by: CountPerson
    started_at: datetime | None
    submitted_at: datetime | None
    submitted_by: CountPerson | None
    closed_at: datetime | None
    closed_by: CountPerson | None
    note: str
    lines: int
    to_count: int
    pending: int
    held: int
    applied: int
    difference_units: int
    money_at_stake: str
    version: int

    @classmethod
    def of(cls, count: CountView) -> "CountAnswer":
        """Show a count."""
        people = {
            "created_by": _person(count.created_by, count.created_by_label),
            "submitted_by": _person(count.submitted_by, count.submitted_by_label),
            "closed_by": _person(count.closed_by, count.closed_by_label),
        }
        shown = {
            "id": to_public(COUNT_PREFIX, count.id),
            "money_at_stake": f"{count.money_at_stake:.2f}",
            **people,
        }
        plain = {name: getattr(count, name) for name in cls.model_fields if name not in shown}
        return cls(**plain, **shown)


class WhyView(View):
    """A reason why a SKU is on a directed list, with its figure."""

    code: str
    value: float


class CountLineAnswer(View):
    """One SKU of a count.

    `expected` is what the record said just before `counted_at`, `difference` counted less
    expected; null while a blind count is not submitted. `reserved` units are promised to orders and
    may lie on the packing table: they are counted, too. `contradicted`: two people came to
    different numbers; `disturbed`: units came or went while it was counted.
    """

    place: int
    sku: str
    sku_name: str
    state: LineState
    why: list[WhyView]
    counted: int | None
    counted_at: datetime | None
    counted_by: list[CountPerson]
    attempt: int
    contradicted: bool
    disturbed: bool
    expected: int | None
    reserved: int | None
    difference: int | None
    frozen_units: int
    reason: DriftReason | None
    unit_cost: str | None
    money_at_stake: str | None
    decided_at: datetime | None
    decided_by: CountPerson | None
    note: str

    @classmethod
    def of(cls, line: CountLineView) -> "CountLineAnswer":
        """Show a line."""
        counters = zip(line.counted_by, line.counted_by_labels, strict=True)
        shown = {
            "why": [WhyView(code=reason.code, value=reason.value) for reason in line.why],
            "counted_by": [CountPerson(id=who, name=name) for who, name in counters],
            "unit_cost": None if line.unit_cost is None else str(line.unit_cost),
            "money_at_stake": None if line.money_at_stake is None else f"{line.money_at_stake:.2f}",
            "decided_by": _person(line.decided_by, line.decided_by_label),
        }
        plain = {name: getattr(line, name) for name in cls.model_fields if name not in shown}
        return cls(**plain, **shown)


def _person(who: str, name: str) -> CountPerson | None:
    return CountPerson(id=who, name=name) if who else None

"""What is scanned on the floor, perhaps late and perhaps twice."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, cast
from uuid import UUID

from chaland.accuracy.models import Count, CountLine, CountScan
from chaland.accuracy.operations.expecting import expectations
from chaland.accuracy.operations.freezing import freeze
from chaland.accuracy.operations.locking import lock_count, moved
from chaland.accuracy.operations.telling import audit
from chaland.accuracy.rules.counting import Scan, Tally, tally
from chaland.accuracy.states import COUNTABLE
from chaland.accuracy.types import CountState, LineState, ScanDraft
from chaland.catalog.queries import sku_facts, skus_of_gtins
from chaland.catalog.types import SkuFacts
from chaland.kernel.actor import Actor
from chaland.kernel.errors import ConflictError, DomainError, FieldProblem, InvalidInputError
from chaland.kernel.outcomes import WriteOutcome

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far a tablet's clock may be ahead of ours; what it says is then taken as now."""

_OPEN_LINES = frozenset({LineState.TO_COUNT, LineState.COUNTED, LineState.RECOUNT})
_COUNTED_FIELDS = [
    "state", "counted", "first_scan_at", "counted_at", "counted_by", "counted_by_labels",
    "contradicted", "disturbed", "expected", "reserved",
]  # fmt: skip


@dataclass(slots=True)
class _Desk:
    """What is known of a count while scans are taken one after the other."""

    count: Count
    now: datetime
    actor: Actor
    facts: dict[str, SkuFacts]
    lines: dict[int, CountLine]
    known: dict[str, tuple[int, str, int, str]]
    taken: list[CountScan] = field(default_factory=list)
    unlisted: dict[int, SkuFacts] = field(default_factory=dict)

    def take(self, scan: ScanDraft) -> WriteOutcome:
        """Take one scan, or refuse it alone."""
        facts = self.facts.get(scan.sku or scan.gtin)
        problem = _problem(scan, facts, self.now, self.count)
        if problem is not None or facts is None:
            return _refused(scan, problem or _unknown(scan))
        content = (facts.id, scan.mode, scan.quantity, scan.area)
        if scan.scan_id in self.known:
            return self._again(scan, content)
        line = self.lines.get(facts.id)
        if CountState(self.count.state) not in COUNTABLE:
            return _refused(scan, _closed(self.count))
        if line is not None and LineState(line.state) not in _OPEN_LINES:
            return _refused(scan, _decided(facts.code, line))
        if line is None:
            self.unlisted[facts.id] = facts
        counted_at = min(scan.counted_at or self.now, self.now)
        self.known[scan.scan_id] = content
        self.taken.append(self._row(scan, facts.id, counted_at))
        late = line is not None and line.recount_from is not None
        if late and counted_at < cast("datetime", cast("CountLine", line).recount_from):
            return WriteOutcome(code=scan.scan_id, status="unchanged")
        return WriteOutcome(code=scan.scan_id, status="created")

    def _again(self, scan: ScanDraft, content: tuple[int, str, int, str]) -> WriteOutcome:
        if self.known[scan.scan_id] == content:
            return WriteOutcome(code=scan.scan_id, status="duplicate")
        reused = FieldProblem(
            "scan_id",
            "scan_id_reused",
            "this id was given to another scan of the same count",
            "give each scan an id of its own",
        )
        return _refused(scan, InvalidInputError([reused]))

    def _row(self, scan: ScanDraft, sku_id: int, counted_at: datetime) -> CountScan:
        return CountScan(
            count_id=self.count.id,
            scan_id=scan.scan_id,
            sku_id=sku_id,
            mode=scan.mode,
            quantity=scan.quantity,
            area=scan.area,
            counted_at=counted_at,
            recorded_at=self.now,
            counter=self.actor.id,
            counter_label=self.actor.label,
        )


def record_scans(
    *, count_id: UUID, scans: Sequence[ScanDraft], now: datetime, actor: Actor
) -> list[WriteOutcome]:
    """Take each scan, or refuse it alone; the answer keeps their order, codes are the scans' ids.

    A scan that was sent before is a ``duplicate``; one that was made before a recount was asked is
    kept and changes nothing (``unchanged``). A SKU that is not on the list gets a line. Raises
    NotFoundError for a count that the actor may not see.
    """
    count = lock_count(count_id, actor=actor)
    desk = _Desk(
        count,
        now,
        actor,
        facts=_facts_of(scans),
        lines={line.sku_id: line for line in CountLine.objects.filter(count_id=count.id)},
        known=_known_scans(count, [scan.scan_id for scan in scans]),
    )
    outcomes = [desk.take(scan) for scan in scans]
    if desk.taken:
        _add_lines(desk)
        CountScan.objects.bulk_create(desk.taken)
        lines = [desk.lines[sku_id] for sku_id in sorted({row.sku_id for row in desk.taken})]
        add_up(count, lines)
        _begin(count, now)
        audit(count, action="scan", before="", now=now, actor=actor, scans=len(desk.taken))
    return outcomes


def add_up(count: Count, lines: Collection[CountLine]) -> None:
    """Bring lines to what their scans add up to, and to what the record said at that moment."""
    tallies = _tallies(count, lines)
    counted = [line for line in lines if line.sku_id in tallies]
    for line in counted:
        found = tallies[line.sku_id]
        line.state = LineState.COUNTED.value
        line.counted = found.counted
        line.first_scan_at = found.first_at
        line.counted_at = found.counted_at
        line.counted_by = [counter for counter, _ in found.counters]
        line.counted_by_labels = [label for _, label in found.counters]
        line.contradicted = found.contradicted
    known = expectations(count, counted)
    for line in counted:
        line.expected = known[line.sku_id].expected
        line.reserved = known[line.sku_id].reserved
        line.disturbed = known[line.sku_id].disturbed
    CountLine.objects.bulk_update(counted, _COUNTED_FIELDS)


def _begin(count: Count, now: datetime) -> None:
    if count.state == CountState.OPEN:
        count.state = moved(count, "start").value
        count.started_at = now
    count.version += 1
    count.save(update_fields=["state", "started_at", "version"])


def _add_lines(desk: _Desk) -> None:
    """Give SKUs that are not on the list a line each."""
    place = max((line.place for line in desk.lines.values()), default=0)
    new = [
        CountLine(
            count_id=desk.count.id, sku_id=facts.id, place=place + more, unit_cost=facts.unit_cost
        )
        for more, facts in enumerate(desk.unlisted.values(), 1)
    ]
    freeze(desk.count, new, now=desk.now, actor=desk.actor)
    for line in CountLine.objects.bulk_create(new):
        desk.lines[line.sku_id] = line


def _tallies(count: Count, lines: Iterable[CountLine]) -> dict[int, Tally]:
    since = {line.sku_id: line.recount_from for line in lines}
    rows = CountScan.objects.filter(count_id=count.id, sku_id__in=since)
    scans: dict[int, list[Scan]] = defaultdict(list)
    for row in rows:
        start = since[row.sku_id]
        if start is None or row.counted_at >= start:
            scans[row.sku_id].append(
                Scan(
                    row.id,
                    cast("Literal['add', 'set']", row.mode),
                    row.quantity,
                    row.area,
                    row.counter,
                    row.counter_label,
                    row.counted_at,
                )
            )
    found = {sku_id: tally(items) for sku_id, items in scans.items()}
    return {sku_id: number for sku_id, number in found.items() if number is not None}


def _facts_of(scans: Iterable[ScanDraft]) -> dict[str, SkuFacts]:
    """Return what is known of the articles, by the code or the bar code that was scanned."""
    everything = list(scans)
    by_code = sku_facts({scan.sku for scan in everything if scan.sku})
    by_gtin = skus_of_gtins({scan.gtin for scan in everything if scan.gtin and not scan.sku})
    return {**by_gtin, **by_code}


def _known_scans(count: Count, ids: Collection[str]) -> dict[str, tuple[int, str, int, str]]:
    rows = CountScan.objects.filter(count_id=count.id, scan_id__in=ids)
    return {row.scan_id: (row.sku_id, row.mode, row.quantity, row.area) for row in rows}


def _problem(
    scan: ScanDraft, facts: SkuFacts | None, now: datetime, count: Count
) -> DomainError | None:
    if bool(scan.sku) == bool(scan.gtin):
        return InvalidInputError(
            [
                FieldProblem(
                    "sku", "missing", "one of sku and gtin names the article", "send one of them"
                )
            ]
        )
    if facts is None:
        return _unknown(scan)
    if facts.components:
        kit = FieldProblem(
            "gtin" if scan.gtin else "sku",
            "kit_has_no_stock",
            "a kit has no stock of its own",
            "count its components",
        )
        return InvalidInputError([kit])
    return _time_problem(scan, now, count)


def _time_problem(scan: ScanDraft, now: datetime, count: Count) -> DomainError | None:
    if scan.counted_at is None:
        return None
    if scan.counted_at > now + CLOCK_TOLERANCE:
        ahead = FieldProblem(
            "counted_at", "in_the_future", "lies in the future", "set the clock of the device"
        )
        return InvalidInputError([ahead])
    if scan.counted_at < count.created_at:
        early = FieldProblem(
            "counted_at",
            "before_the_count",
            "lies before the count was asked for",
            "send it to the count that it belongs to, or set the clock of the device",
        )
        return InvalidInputError([early])
    return None


def _unknown(scan: ScanDraft) -> DomainError:
    field_name, value = ("gtin", scan.gtin) if scan.gtin else ("sku", scan.sku)
    return InvalidInputError(
        [
            FieldProblem(
                field_name,
                f"unknown_{field_name}",
                f"no article is known by {value!r}",
                "check the label, or add it to the catalog",
            )
        ]
    )


def _closed(count: Count) -> DomainError:
    return ConflictError(
        "count_closed",
        f"The count is {count.state}: nothing is counted any more.",
        fix="Ask for a recount of the line, or open another count.",
    )


def _decided(code: str, line: CountLine) -> DomainError:
    return ConflictError(
        "line_decided",
        f"{code} was submitted and is {line.state}.",
        fix="Count it again in another count.",
    )


def _refused(scan: ScanDraft, problem: DomainError) -> WriteOutcome:
    return WriteOutcome(code=scan.scan_id, status="rejected", problem=problem)

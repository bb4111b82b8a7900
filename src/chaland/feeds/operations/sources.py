"""Where a run has its lines from: a file, the quarantine, or differences that are to be healed."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import polars as pl

from chaland.feeds.models import Difference, QuarantinedLine, Run
from chaland.feeds.operations.intake import checker_of
from chaland.feeds.queries import layout_of
from chaland.feeds.reading import Checked, Parser, UnreadableFileError, blocks, frame_of
from chaland.feeds.types import RawLine, RunKind

_MOMENT = pl.Datetime("us", "UTC")


class LinesOfRun:
    """The checked lines of a run, in portions, each with the number of lines it was made of.

    ``moments`` are those of lines that were in quarantine before, by number.
    """

    def __init__(self, run: Run, now: datetime) -> None:
        self._run = run
        self._now = now
        self._read = 0
        self._trailer: Mapping[str, str] = {}
        self.moments: dict[int, datetime | None] = {}

    def __iter__(self) -> Iterator[tuple[Checked, int]]:
        if self._run.kind == RunKind.HEAL:
            yield self._differences()
        elif self._run.kind == RunKind.REPLAY:
            yield self._quarantined()
        else:
            yield from self._lines_of_file()

    def heed_end(self, run: Run) -> None:
        """Compare what was read with what was announced, by the sender or the file's last line.

        Sets what the last line says of *run*. Raises UnreadableFileError for half a file.
        """
        if run.path == "":
            return
        if layout_of(run.feed).trailer and "lines" not in self._trailer:
            raise _half("The file does not end with a line such as # lines=1000.")
        for told in (run.declared_lines, self._trailer.get("lines")):
            if told is not None and str(told) != str(self._read):
                raise _half(f"The file has {self._read} lines of the {told} that were announced.")
        for name in ("as_of", "acknowledged_to"):
            if name in self._trailer:
                setattr(run, name, _moment(name, self._trailer[name]))

    def _lines_of_file(self) -> Iterator[tuple[Checked, int]]:
        run = self._run
        layout = layout_of(run.feed)
        parser = Parser(layout)
        checker = checker_of(run, now=self._now, as_of=run.as_of)
        for parsed in parser.parse(blocks(Path(run.path), encoding=layout.encoding)):
            checked = checker.check(parsed.frame, parsed.raw)
            self._read += parsed.lines
            yield Checked(checked.frame, [*parsed.refused, *checked.refused]), parsed.lines
        self._trailer = parser.trailer or {}

    def _quarantined(self) -> tuple[Checked, int]:
        """Check lines of the quarantine again, as of the moment they were about."""
        rows = list(QuarantinedLine.objects.filter(replay=self._run).order_by("id"))
        self.moments = {place: row.moment for place, row in enumerate(rows, 1)}
        lines = [
            RawLine(
                line=place,
                sku=row.sku,
                location=row.location,
                quantity=row.quantity,
                as_of=row.as_of,
                line_id=row.line_id,
                raw=row.raw,
            )
            for place, row in enumerate(rows, 1)
        ]
        checker = checker_of(self._run, now=self._now, as_of=self._run.as_of)
        checked = checker.check(frame_of(lines), lambda place: lines[place - 1].raw)
        moments = pl.DataFrame(
            {
                "line": pl.Series(list(self.moments), dtype=pl.Int32),
                "moment": pl.Series(list(self.moments.values()), dtype=_MOMENT),
            }
        )
        frame = checked.frame.join(moments, on="line", how="left").with_columns(
            pl.coalesce("occurred_at", "moment").alias("occurred_at")
        )
        return Checked(frame, checked.refused), len(rows)

    def _differences(self) -> tuple[Checked, int]:
        """Take the counts of the differences that are to be healed."""
        rows = list(
            Difference.objects.filter(healed_by=self._run)
            .order_by("id")
            .values_list("sku_id", "location_id", "theirs", "as_of")
        )
        skus, locations, quantities, moments = zip(*rows, strict=True)
        frame = pl.DataFrame(
            {
                "line": pl.Series(range(1, len(rows) + 1), dtype=pl.Int32),
                "sku_id": pl.Series(skus, dtype=pl.Int32),
                "location_id": pl.Series(locations, dtype=pl.Int32),
                "quantity": pl.Series(quantities, dtype=pl.Int32),
                "occurred_at": pl.Series(moments, dtype=_MOMENT),
                "line_ref": pl.Series([None] * len(rows), dtype=pl.String),
            }
        )
        return Checked(frame, []), len(rows)


def _moment(name: str, text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise UnreadableFileError(
            "not_a_time", f"The last line's {name} has no offset.", "Send RFC 3339 with an offset."
        )
    return moment


def _half(message: str) -> UnreadableFileError:
    return UnreadableFileError("half_received", message, "Send the whole file again.")

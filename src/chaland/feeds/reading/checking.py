"""From columns of text to lines that can be merged, and a reason for each of the others."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from chaland.feeds.types import FIELDS, FeedMode, Layout, RawLine, Refused

SkuKey = tuple[int, bool]
"""The id of a SKU, and whether it is a kit."""

Lookup = Callable[[Collection[str]], Mapping[str, SkuKey]]
"""Finds SKUs by code or GTIN; those that do not exist are absent."""

MOST_COUNTED = 1_000_000_000
MOST_MOVED = 1_000_000
LONGEST_LINE_ID = 200
AHEAD = timedelta(minutes=5)
"""How far a clock of another system may be ahead of ours."""

_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_RFC_3339 = "%Y-%m-%dT%H:%M:%S%.f%:z"
_STAGED = ("line", "sku_id", "location_id", "quantity", "occurred_at", "line_ref")


@dataclass(frozen=True, slots=True)
class Checked:
    """Lines that can be merged, with the columns of a stage, and those that cannot."""

    frame: pl.DataFrame
    refused: Sequence[Refused]

    def as_csv(self) -> bytes:
        """Return the lines as the stage takes them."""
        return (
            self.frame.select(_STAGED)
            .write_csv(include_header=False, datetime_format="%Y-%m-%d %H:%M:%S%.6f%z")
            .encode()
        )


def frame_of(lines: Sequence[RawLine]) -> pl.DataFrame:
    """Return lines at hand as a parsed block has them, numbered from 1 if they have no number."""
    columns = {name: [getattr(item, name) for item in lines] for name in FIELDS}
    numbers = [place if item.line is None else item.line for place, item in enumerate(lines, 1)]
    return pl.DataFrame(
        {
            "line": pl.Series(numbers, dtype=pl.Int32),
            **{name: pl.Series(values, dtype=pl.String) for name, values in columns.items()},
        }
    )


@dataclass(slots=True)
class Checker:
    """Checks the blocks of one run.

    ``locations`` maps the codes that the feed may speak of to their ids; ``elsewhere`` are codes
    that exist, and that it may not.
    """

    layout: Layout
    mode: FeedMode
    now: datetime
    as_of: datetime | None
    locations: Mapping[str, int]
    elsewhere: Collection[str]
    lookup: Lookup
    _skus: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(
            schema={"sku": pl.String, "sku_id": pl.Int32, "kit": pl.Boolean}
        )
    )

    def check(self, frame: pl.DataFrame, raw: Callable[[int], str] | None = None) -> Checked:
        """Look at every line of a block; *raw* returns a line as it came."""
        for name in FIELDS:
            if name not in frame.columns:
                frame = frame.with_columns(pl.lit("").alias(name))
        frame = frame.with_columns(pl.col(*FIELDS).str.strip_chars())
        frame = self._with_places(self._with_numbers(self._with_moments(frame)))
        frame = frame.with_columns(self._reason().alias("reason"))
        bad = frame.filter(pl.col("reason").is_not_null())
        good = frame.filter(pl.col("reason").is_null())
        if self.mode is not FeedMode.DELTA and bad.height:
            # A position is mentioned even where the rest of the line is of no use.
            mentioned = bad.filter(
                pl.col("sku_id").is_not_null() & pl.col("location_id").is_not_null()
            ).with_columns(pl.lit(None, pl.Int32).alias("quantity_units"))
            good = pl.concat([good, mentioned])
        return Checked(
            good.select(
                "line",
                "sku_id",
                "location_id",
                pl.col("quantity_units").alias("quantity"),
                "occurred_at",
                pl.when(pl.col("line_id") != "").then(pl.col("line_id")).alias("line_ref"),
            ),
            [self._refused(row, raw) for row in bad.iter_rows(named=True)],
        )

    def _refused(self, row: dict[str, object], raw: Callable[[int], str] | None) -> Refused:
        number = int(str(row["line"]))
        fields = {name: str(row[name] or "")[:500] for name in FIELDS}
        reason, _, where = str(row["reason"]).partition("@")
        text = raw(number) if raw else self.layout.separator.join(filter(None, fields.values()))
        return Refused(line=RawLine(line=number, raw=text, **fields), reason=reason, field=where)

    def _with_numbers(self, frame: pl.DataFrame) -> pl.DataFrame:
        text = pl.col("quantity")
        frame = frame.with_columns(text.cast(pl.Int64, strict=False).alias("number"))
        if frame["number"].null_count():
            point = text
            if self.layout.decimal_comma:  # a point would part thousands: nothing is guessed
                point = pl.when(~text.str.contains(".", literal=True)).then(
                    text.str.replace(",", ".", literal=True)
                )
            whole = point.str.extract(r"^([+-]?[0-9]{1,12})(?:\.0*)?$", 1).str.strip_prefix("+")
            frame = frame.with_columns(
                pl.coalesce("number", whole.cast(pl.Int64, strict=False)).alias("number"),
                point.str.contains(r"^[+-]?[0-9]+\.[0-9]+$").alias("fraction"),
            )
        else:
            frame = frame.with_columns(pl.lit(None, pl.Boolean).alias("fraction"))
        most = MOST_MOVED if self.mode is FeedMode.DELTA else MOST_COUNTED
        return frame.with_columns(
            pl.when(pl.col("number").abs() <= most)
            .then(pl.col("number"))
            .cast(pl.Int32)
            .alias("quantity_units")
        )

    def _with_moments(self, frame: pl.DataFrame) -> pl.DataFrame:
        text = pl.col("as_of")
        if frame.select((text != "").any()).item():
            moment = text.str.to_datetime(
                _RFC_3339, time_unit="us", time_zone="UTC", strict=False, exact=True
            )
            frame = frame.with_columns(moment.alias("occurred_at"))
            rest = frame.filter(pl.col("occurred_at").is_null() & (text != ""))["as_of"].unique()
            if rest.len():
                read = [self._moment(value) for value in rest.to_list()]
                table = pl.DataFrame(
                    {"as_of": rest, "read": pl.Series(read, dtype=pl.Datetime("us", "UTC"))}
                )
                frame = frame.join(table, on="as_of", how="left", maintain_order="left")
                frame = frame.with_columns(pl.coalesce("occurred_at", "read").alias("occurred_at"))
        else:
            frame = frame.with_columns(pl.lit(None, pl.Datetime("us", "UTC")).alias("occurred_at"))
        return frame

    def _moment(self, text: str) -> datetime | None:
        """Read a time as the feed writes it; None when it is none."""
        try:
            if self.layout.time_format:
                moment = datetime.strptime(text, self.layout.time_format)  # noqa: DTZ007 - below
            else:
                moment = datetime.fromisoformat(text)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(self.layout.time_zone))
        return moment.astimezone(UTC)

    def _with_places(self, frame: pl.DataFrame) -> pl.DataFrame:
        unknown = frame.select(pl.col("sku").unique()).join(self._skus, on="sku", how="anti")
        if unknown.height:
            codes = unknown["sku"].to_list()
            found = self.lookup([code for code in codes if code])
            new = pl.DataFrame(
                {
                    "sku": pl.Series(codes, dtype=pl.String),
                    "sku_id": pl.Series(
                        [found[code][0] if code in found else None for code in codes],
                        dtype=pl.Int32,
                    ),
                    "kit": pl.Series(
                        [code in found and found[code][1] for code in codes], dtype=pl.Boolean
                    ),
                }
            )
            self._skus = pl.concat([self._skus, new])
        places = pl.DataFrame(
            {
                "location": pl.Series(list(self.locations), dtype=pl.String),
                "location_id": pl.Series(list(self.locations.values()), dtype=pl.Int32),
            }
        )
        return frame.join(self._skus, on="sku", how="left", maintain_order="left").join(
            places, on="location", how="left", maintain_order="left"
        )

    def _reason(self) -> pl.Expr:
        """Return the first thing that is wrong with a line, as ``reason@field``; null if nothing.

        What tells where a line belongs comes first, so that a position is mentioned if it can be.
        """
        counts = self.mode is not FeedMode.DELTA
        later = pl.lit(self.now + AHEAD)
        no_moment = pl.col("occurred_at").is_null()
        lacks_moment = no_moment & (pl.lit(self.as_of is None) | (pl.col("as_of") != ""))
        steps: list[tuple[pl.Expr, str]] = [
            (pl.col("sku") == "", "missing@sku"),
            (pl.col("sku_id").is_null(), "unknown_sku@sku"),
            (pl.col("kit"), "kit_has_no_stock@sku"),
            (pl.col("location") == "", "missing@location"),
            (pl.col("location").is_in(list(self.elsewhere)), "outside_feed@location"),
            (pl.col("location_id").is_null(), "unknown_location@location"),
            (pl.col("quantity") == "", "missing@quantity"),
            (pl.col("number").is_null() & pl.col("fraction"), "not_whole@quantity"),
            (pl.col("number").is_null(), "not_a_number@quantity"),
            (pl.lit(counts) & (pl.col("number") < 0), "negative@quantity"),
            (pl.col("quantity_units").is_null(), "out_of_range@quantity"),
            (no_moment & (pl.col("as_of") != ""), "not_a_time@as_of"),
            (lacks_moment, "missing@as_of"),
            (pl.col("occurred_at") > later, "in_the_future@as_of"),
            (pl.col("occurred_at") < pl.lit(_EARLIEST), "not_a_time@as_of"),
            (pl.lit(not counts) & (pl.col("line_id") == ""), "missing@line_id"),
            (pl.col("line_id").str.len_bytes() > LONGEST_LINE_ID, "too_long@line_id"),
        ]
        first: pl.Expr = pl.lit(None, pl.String)
        for condition, reason in reversed(steps):
            first = pl.when(condition).then(pl.lit(reason)).otherwise(first)
        return first

"""From blocks of lines to columns of text."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl

from chaland.feeds.reading.blocks import Block, UnreadableFileError, trailer_of
from chaland.feeds.types import FIELDS, FileFormat, Layout, RawLine, Refused

_NEEDED = ("sku", "location", "quantity")
_LF = 10


@dataclass(frozen=True, slots=True)
class Parsed:
    """The lines of a block: a column of text per field, and those that cannot be split."""

    frame: pl.DataFrame
    refused: Sequence[Refused]
    block: Block

    @property
    def lines(self) -> int:
        """How many lines say something."""
        return self.frame.height + len(self.refused)

    def raw(self, number: int) -> str:
        """Return a line as it stands in the file."""
        start = -1
        for _ in range(number - self.block.first):
            start = self.block.data.index(b"\n", start + 1)
        end = self.block.data.index(b"\n", start + 1)
        return self.block.data[start + 1 : end].decode()[:2000]


@dataclass(slots=True)
class Parser:
    """Splits the blocks of one file; ``trailer`` is what its last line says, if it is one."""

    layout: Layout
    trailer: Mapping[str, str] | None = None
    _head: list[str] | None = None
    _places: dict[str, int] = field(default_factory=dict)

    def parse(self, blocks: Iterator[Block]) -> Iterator[Parsed]:
        """Yield the columns of each block.

        Raises UnreadableFileError when the head lacks a column.
        """
        waiting: Block | None = None
        for block in blocks:
            if waiting is not None:
                yield self._split(waiting)
            waiting = block
        if waiting is None:
            raise UnreadableFileError("empty_file", "The file is empty.", "Send it again, whole.")
        yield self._split(self._without_trailer(waiting))

    def _without_trailer(self, block: Block) -> Block:
        start = block.data.rfind(b"\n", 0, len(block.data.rstrip(b"\n"))) + 1
        self.trailer = trailer_of(block.data[start:].strip())
        return block if self.trailer is None else Block(block.first, block.data[:start])

    def _split(self, block: Block) -> Parsed:
        if self.layout.format is FileFormat.JSON_LINES:
            return self._split_objects(block)
        if self._head is None:
            block = self._read_head(block)
        if b'"' in block.data:
            return self._split_quoted(block)
        return self._split_plain(block)

    def _read_head(self, block: Block) -> Block:
        head, _, rest = block.data.partition(b"\n")
        names = next(csv.reader([head.decode()], delimiter=self.layout.separator), [])
        self._head = [name.strip() for name in names]
        for name in FIELDS:
            column = self.layout.name_of(name)
            if column in self._head:
                self._places[name] = self._head.index(column)
            elif name in _NEEDED or name in self.layout.columns:
                raise UnreadableFileError(
                    "missing_column",
                    f"The file's head has no column {column!r} for {name}; it has"
                    f" {', '.join(map(repr, self._head[:20])) or 'none'}.",
                    f"Name the column in the feed's settings, or check its separator"
                    f" ({self.layout.separator!r}).",
                )
        return Block(block.first + 1, rest)

    def _split_plain(self, block: Block) -> Parsed:
        """Split lines without quotes: those with as many separators as the head, all at once."""
        width = len(self._head or ())
        letters = np.frombuffer(block.data, np.uint8)
        ends = np.flatnonzero(letters == _LF)
        starts = np.concatenate([np.zeros(1, np.int64), ends[:-1] + 1])
        separators = np.flatnonzero(letters == ord(self.layout.separator))
        upto = np.searchsorted(separators, ends)
        found = np.diff(upto, prepend=0)
        empty = ends == starts
        good = (found == width - 1) & ~empty
        refused = [
            self._refused(block, starts[place], ends[place], place)
            for place in np.flatnonzero(~good & ~empty).tolist()
        ]
        data = block.data
        if not good.all():
            keep = np.repeat(good, ends - starts + 1)
            data = letters[keep].tobytes()
        numbers = np.flatnonzero(good).astype(np.int32) + np.int32(block.first)
        return Parsed(self._columns(data, numbers), refused, block)

    def _columns(self, data: bytes, numbers: npt.NDArray[np.int32]) -> pl.DataFrame:
        if not len(numbers):
            return self._frame(numbers, {name: [] for name in self._places})
        places = sorted(set(self._places.values()))
        table = pl.read_csv(
            io.BytesIO(data),
            has_header=False,
            separator=self.layout.separator,
            quote_char=None,
            columns=places,
            infer_schema=False,
            encoding="utf8",
        )
        if table.height != len(numbers):
            raise UnreadableFileError(
                "not_text", "The lines cannot be told apart.", "Send CSV with a line for each item."
            )
        names = dict(zip(places, table.columns, strict=True))
        return self._frame(
            numbers,
            {name: table[names[place]].fill_null("") for name, place in self._places.items()},
        )

    def _split_quoted(self, block: Block) -> Parsed:
        """Split lines with quotes one by one; a quoted field may not hold a line break."""
        width = len(self._head or ())
        columns: dict[str, list[str]] = {name: [] for name in self._places}
        numbers: list[int] = []
        refused: list[Refused] = []
        for number, line in enumerate(block.data.decode().split("\n")[:-1], block.first):
            if not line:
                continue
            try:
                (values,) = csv.reader([line], delimiter=self.layout.separator, strict=True)
            except (csv.Error, ValueError):
                values = []
            if len(values) != width:
                refused.append(_wrong_columns(number, line))
                continue
            numbers.append(number)
            for name, place in self._places.items():
                columns[name].append(values[place])
        return Parsed(self._frame(np.array(numbers, np.int32), columns), refused, block)

    def _split_objects(self, block: Block) -> Parsed:
        columns: dict[str, list[str]] = {name: [] for name in FIELDS}
        numbers: list[int] = []
        refused: list[Refused] = []
        for number, line in enumerate(block.data.split(b"\n")[:-1], block.first):
            if not line.strip():
                continue
            try:
                item = orjson.loads(line)
            except orjson.JSONDecodeError:
                item = None
            if not isinstance(item, dict):
                raw = line.decode()[:2000]
                refused.append(
                    Refused(line=RawLine(line=number, raw=raw), reason="not_json", field="")
                )
                continue
            numbers.append(number)
            for name in FIELDS:
                columns[name].append(_text(item.get(self.layout.name_of(name))))
        return Parsed(self._frame(np.array(numbers, np.int32), columns), refused, block)

    def _frame(
        self, numbers: npt.NDArray[np.int32], columns: Mapping[str, pl.Series | list[str]]
    ) -> pl.DataFrame:
        made = {name: pl.Series(name, values, pl.String) for name, values in columns.items()}
        return pl.DataFrame({"line": numbers, **made})

    def _refused(self, block: Block, start: int, end: int, place: int) -> Refused:
        return _wrong_columns(block.first + place, block.data[start:end].decode())


def _wrong_columns(number: int, line: str) -> Refused:
    return Refused(line=RawLine(line=number, raw=line[:2000]), reason="wrong_columns", field="")


def _text(value: object) -> str:
    """Return a JSON value as a file would have it; true and false are no quantities."""
    if value is None:
        return ""
    if isinstance(value, bool | dict | list):
        return orjson.dumps(value).decode()
    return str(value)

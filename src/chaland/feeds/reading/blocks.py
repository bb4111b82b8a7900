"""From bytes on a disk to blocks of whole lines in UTF-8."""

import codecs
import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from chaland.kernel.errors import DomainError

BLOCK = 2 * 1024 * 1024
LONGEST_LINE = 65_536
_GZIP = b"\x1f\x8b"
_BOM = codecs.BOM_UTF8
_PAIR = re.compile(r"([a-z_0-9]+)=(\S+)")
_ENDS = re.compile(rb"\r\n?")


class UnreadableFileError(DomainError):
    """A file cannot be used at all; nothing of it was applied."""

    def __init__(self, code: str, message: str, fix: str) -> None:
        super().__init__(code=code, message=message, status=422, fix=fix)


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of a file, in UTF-8, ended by LF; ``first`` is the number of the first."""

    first: int
    data: bytes


def blocks(path: Path, *, encoding: str, size: int = BLOCK) -> Iterator[Block]:
    """Yield the lines of a file, packed by gzip or not, without a byte order mark.

    Raises UnreadableFileError for bytes that are no text of this *encoding*, and for lines that
    have no end.
    """
    number = 1
    rest = b""
    decode = None if _is_utf8(encoding) else codecs.getincrementaldecoder(encoding)("strict")
    with path.open("rb") as raw:
        for piece in _pieces(raw, size):
            text = piece if decode is None else _recoded(decode, piece, number)
            data = rest + text
            end = data.rfind(b"\n") + 1
            rest = data[end:]
            if len(rest) > LONGEST_LINE:
                raise _endless(number)
            if end:
                block = _whole(data[:end], number)
                yield block
                number += block.data.count(b"\n")
    if decode is not None:
        rest += _recoded(decode, b"", number, final=True)
    if rest:
        yield _whole(rest + b"\n", number)


def trailer_of(line: bytes) -> dict[str, str] | None:
    """Read a last line such as ``# lines=1000 as_of=2026-11-25T06:00:00Z``; None if it is none."""
    if not line.startswith(b"#"):
        return None
    return dict(_PAIR.findall(line.decode("utf-8", "replace")))


def _pieces(raw: BinaryIO, size: int) -> Iterator[bytes]:
    packed = raw.read(2) == _GZIP
    raw.seek(0)
    stream = cast("BinaryIO", gzip.GzipFile(fileobj=raw)) if packed else raw
    try:
        while piece := stream.read(size):
            yield piece
    except (EOFError, OSError, zlib.error) as error:
        if not packed:
            raise
        raise UnreadableFileError(
            "half_received",
            f"The file cannot be unpacked: {error}.",
            "Send the whole file again.",
        ) from error


def _whole(data: bytes, first: int) -> Block:
    if first == 1 and data.startswith(_BOM):
        data = data[len(_BOM) :]
    if b"\r" in data:
        data = _ENDS.sub(b"\n", data)
    if b"\0" in data:
        line = first + data[: data.index(b"\0")].count(b"\n")
        raise UnreadableFileError(
            "not_text",
            f"Line {line} holds the character U+0000: this is no text of that encoding.",
            "Send CSV or JSON lines; the feed's encoding is utf-16 for Excel's Unicode text.",
        )
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _wrong_encoding("utf-8", first + data[: error.start].count(b"\n")) from None
    return Block(first, data)


def _recoded(
    decode: codecs.IncrementalDecoder, piece: bytes, number: int, *, final: bool = False
) -> bytes:
    try:
        return decode.decode(piece, final).encode()
    except UnicodeDecodeError as error:
        raise _wrong_encoding(error.encoding, number + piece[: error.start].count(b"\n")) from None


def _is_utf8(encoding: str) -> bool:
    return codecs.lookup(encoding).name in {"utf-8", "utf-8-sig"}


def _wrong_encoding(encoding: str, line: int) -> UnreadableFileError:
    return UnreadableFileError(
        "wrong_encoding",
        f"Line {line} is no {encoding} text.",
        "Set the feed's encoding to the file's, such as cp1252 (Windows) or iso-8859-15.",
    )


def _endless(line: int) -> UnreadableFileError:
    return UnreadableFileError(
        "line_too_long",
        f"Line {line} is longer than {LONGEST_LINE} bytes.",
        "End each line with a line break, and check that this is a text file.",
    )

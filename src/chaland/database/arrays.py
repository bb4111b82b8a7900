"""Columns of values on their way to PostgreSQL, in its binary array format.

Psycopg dumps a list element by element through general machinery that escapes text with regular
expressions; for the statements that write a batch of orders that was half of the processor time.
One pass a column does it here. The format is the server's ``array_recv``: number of dimensions,
has-null flag, element type, length, lower bound, then each element's byte count and value; all
integers are big-endian and 4 bytes long.
"""

import struct
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import UnionType
from typing import Any, ClassVar
from uuid import UUID

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEADER = struct.Struct("!iIIii")
_NULL = b"\xff\xff\xff\xff"
_LENGTH = struct.Struct("!i")
_INT8 = struct.Struct("!iq")
_FLOAT8 = struct.Struct("!id")
_UUID_LENGTH = _LENGTH.pack(16)
_TIMESTAMP_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TRUE, _FALSE = b"\0\0\0\1\1", b"\0\0\0\1\0"

Values = Sequence[Any]


class ArrayParameter:
    """One column of values, encoded; sent as the array type named by the subclass."""

    __slots__ = ("data",)

    array_oid: ClassVar[int]
    format: ClassVar[Format] = Format.BINARY

    def __init__(self, data: bytes) -> None:
        self.data = data


class TextArray(ArrayParameter):
    """``text[]``."""

    __slots__ = ()
    array_oid = 1009


class Int8Array(ArrayParameter):
    """``bigint[]``; the statement casts it to narrower columns."""

    __slots__ = ()
    array_oid = 1016


class Float8Array(ArrayParameter):
    """``float8[]``."""

    __slots__ = ()
    array_oid = 1022


class BoolArray(ArrayParameter):
    """``boolean[]``."""

    __slots__ = ()
    array_oid = 1000


class UuidArray(ArrayParameter):
    """``uuid[]``."""

    __slots__ = ()
    array_oid = 2951


class TimestamptzArray(ArrayParameter):
    """``timestamptz[]``."""

    __slots__ = ()
    array_oid = 1185


class ByteaArray(ArrayParameter):
    """``bytea[]``."""

    __slots__ = ()
    array_oid = 1001


class DecimalArray(ArrayParameter):
    """``numeric[]`` as text of unknown type: digits need no escaping, the server finds the type."""

    __slots__ = ()
    array_oid = 0
    format = Format.TEXT


def array_parameter(values: Values) -> ArrayParameter | None:
    """Encode a list by the type of its values; None when psycopg has to do it.

    The values must be of one type (or None): text, bytes, int, float, bool, UUID, aware datetime or
    Decimal. Raises what the encoding raises when they are not.
    """
    first = next((value for value in values if value is not None), None)
    for kind, encode in _ENCODERS:
        if isinstance(first, kind):
            return encode(values)
    return None


def _binary(
    array: type[ArrayParameter], element_oid: int, parts: list[bytes], values: Values
) -> ArrayParameter:
    head = _HEADER.pack(1, 1 if None in values else 0, element_oid, len(values), 1)
    return array(head + b"".join(parts))


def _texts(values: Values) -> ArrayParameter:
    pack = _LENGTH.pack
    parts = []
    for value in values:
        if value is None:
            parts.append(_NULL)
        else:
            encoded = value.encode()
            parts += (pack(len(encoded)), encoded)
    return _binary(TextArray, 25, parts, values)


def _bytes(values: Values) -> ArrayParameter:
    pack = _LENGTH.pack
    parts = []
    for value in values:
        if value is None:
            parts.append(_NULL)
        else:
            parts += (pack(len(value)), bytes(value))
    return _binary(ByteaArray, 17, parts, values)


def _packed(
    array: type[ArrayParameter], element_oid: int, layout: struct.Struct
) -> Callable[[Values], ArrayParameter]:
    def encode(values: Values) -> ArrayParameter:
        pack = layout.pack
        parts = [_NULL if value is None else pack(8, value) for value in values]
        return _binary(array, element_oid, parts, values)

    return encode


def _bools(values: Values) -> ArrayParameter:
    parts = [_NULL if value is None else (_TRUE if value else _FALSE) for value in values]
    return _binary(BoolArray, 16, parts, values)


def _uuids(values: Values) -> ArrayParameter:
    parts = [_NULL if value is None else _UUID_LENGTH + value.bytes for value in values]
    return _binary(UuidArray, 2950, parts, values)


def _timestamps(values: Values) -> ArrayParameter:
    # A batch repeats the same few moments: each is worked out once.
    known: dict[datetime | None, bytes] = {None: _NULL}
    parts = []
    for value in values:
        part = known.get(value)
        if part is None:
            part = known[value] = _INT8.pack(8, (value - _TIMESTAMP_EPOCH) // _MICROSECOND)
        parts.append(part)
    return _binary(TimestamptzArray, 1184, parts, values)


def _decimals(values: Values) -> ArrayParameter:
    texts = ("NULL" if value is None else str(value) for value in values)
    return DecimalArray(f"{{{','.join(texts)}}}".encode())


# bool before int and datetime before date: the first that fits is taken.
_ENCODERS: tuple[tuple[type | UnionType, Callable[[Values], ArrayParameter]], ...] = (
    (str, _texts),
    (bool, _bools),
    (int, _packed(Int8Array, 20, _INT8)),
    (UUID, _uuids),
    (datetime, _timestamps),
    (float, _packed(Float8Array, 701, _FLOAT8)),
    (bytes | bytearray | memoryview, _bytes),
    (Decimal, _decimals),
)


def _dumper_of(array: type[ArrayParameter]) -> type[Dumper]:
    class ArrayDumper(Dumper):
        format = array.format
        oid = array.array_oid

        def dump(self, obj: ArrayParameter) -> bytes:
            return obj.data

    return ArrayDumper


def register() -> None:
    """Teach psycopg, once for the process, to send the parameters of this module."""
    for array in ArrayParameter.__subclasses__():
        psycopg.adapters.register_dumper(array, _dumper_of(array))

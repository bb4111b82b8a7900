"""Public ids: a prefix that says what a thing is, and a time-ordered UUID that says which one.

A public id looks like ``ord_06a9xk2m5v7fn0v9c2q8w4t1dg``: the prefix, an underscore and the 128
bits of a UUID version 7 (RFC 9562 §5.7) in 26 characters of Crockford's base 32, lower case. The
database stores the UUID; the world sees the public id. Both sort by the time they were made.
"""

import os
import struct
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from uuid import UUID

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_BODY_LENGTH = 26
# An id is written three characters (15 bits) at a time: a batch of orders needs thousands of them.
_TRIPLES = [a + b + c for a in _ALPHABET for b in _ALPHABET for c in _ALPHABET]

_LAST_SEQUENCE = 0xFFF
_RANDOM_NUMBERS = 256


def _draw_random_bits() -> Iterator[int]:
    """Yield 62 random bits at a time; the operating system is asked once for many ids."""
    while True:
        drawn = struct.unpack(f"!{_RANDOM_NUMBERS}Q", os.urandom(8 * _RANDOM_NUMBERS))
        yield from (number >> 2 for number in drawn)


def _start_anew() -> None:
    """Forget the numbers drawn: a forked child must not use those of its parent."""
    global _random_bits  # noqa: PLW0603 - one source for the process
    _random_bits = _draw_random_bits()


_random_bits = _draw_random_bits()
os.register_at_fork(after_in_child=_start_anew)
_lock = threading.Lock()
_last_millisecond = 0
_sequence = 0


class InvalidPublicIdError(ValueError):
    """The text is not a public id of the expected kind."""


def new_uuid() -> UUID:
    """Return a new UUID version 7; within one process each is greater than the one before.

    The 12 bits after the timestamp count the ids of the same millisecond (RFC 9562 §6.2, method 1),
    so that rows written together keep the order in which they were decided.
    """
    global _last_millisecond, _sequence  # noqa: PLW0603 - one counter for the process, under its lock
    with _lock:
        random_bits = next(_random_bits)
        millisecond = time.time_ns() // 1_000_000
        if millisecond > _last_millisecond:
            _last_millisecond, _sequence = millisecond, 0
        else:
            _sequence += 1
            if _sequence > _LAST_SEQUENCE:
                _last_millisecond, _sequence = _last_millisecond + 1, 0
        timestamp, sequence = _last_millisecond, _sequence
    return UUID(int=(timestamp << 80) | (0x7 << 76) | (sequence << 64) | (0b10 << 62) | random_bits)


@lru_cache(maxsize=16_384)
def first_uuid(moment: datetime) -> UUID:
    """Return the lowest UUID version 7 of a moment: its first 48 bits are milliseconds."""
    return UUID(int=(int(moment.timestamp() * 1000) << 80))


def to_public(prefix: str, value: UUID) -> str:
    """Return the public id of *value*: ``to_public("ord", uuid)`` is ``"ord_…"``."""
    high, low = divmod(value.int, 1 << 60)
    return (
        f"{prefix}_{_TRIPLES[high >> 60][1:]}{_TRIPLES[high >> 45 & 0x7FFF]}"
        f"{_TRIPLES[high >> 30 & 0x7FFF]}{_TRIPLES[high >> 15 & 0x7FFF]}{_TRIPLES[high & 0x7FFF]}"
        f"{_TRIPLES[low >> 45]}{_TRIPLES[low >> 30 & 0x7FFF]}"
        f"{_TRIPLES[low >> 15 & 0x7FFF]}{_TRIPLES[low & 0x7FFF]}"
    )


def from_public(prefix: str, text: str) -> UUID:
    """Return the UUID inside the public id *text*.

    Raises InvalidPublicIdError when the prefix is another one, or the rest is not 26 characters of
    the alphabet, or is more than 128 bits.
    """
    head, separator, body = text.partition("_")
    if head != prefix or not separator or len(body) != _BODY_LENGTH:
        message = f"expected an id like {prefix}_ followed by {_BODY_LENGTH} characters"
        raise InvalidPublicIdError(message)
    bits = 0
    try:
        for letter in body:
            bits = (bits << 5) | _VALUES[letter]
    except KeyError:
        message = f"{text!r} has a character that no id has"
        raise InvalidPublicIdError(message) from None
    if bits >> 128:
        message = f"{text!r} is out of range"
        raise InvalidPublicIdError(message)
    return UUID(int=bits)

"""Files of other systems, read in blocks of a few megabytes and checked column by column.

Nothing here knows the database: codes are looked up by a function that is passed in. A block is
split by numpy and polars, without a step per line; where lines hold quotes, by the csv module.
"""

from chaland.feeds.reading.blocks import Block, UnreadableFileError, blocks, trailer_of
from chaland.feeds.reading.checking import Checked, Checker, Lookup, SkuKey, frame_of
from chaland.feeds.reading.parsing import Parsed, Parser

__all__ = [
    "Block",
    "Checked",
    "Checker",
    "Lookup",
    "Parsed",
    "Parser",
    "SkuKey",
    "UnreadableFileError",
    "blocks",
    "frame_of",
    "trailer_of",
]

"""PostgreSQL's binary format of one-dimensional arrays of 4-byte integers, read without a loop.

The format (``array_send`` in the server): number of dimensions, has-null flag, element type, then
length and lower bound; after these 20 bytes each element is its byte count (4) and its value, all
big-endian 4-byte integers.
"""

import numpy as np
import numpy.typing as npt

_HEADER_BYTES = 20


def decode_int4_array(data: bytes | None) -> npt.NDArray[np.int32]:
    """Return the elements; none for NULL, which is what ``array_agg`` makes of no row."""
    if data is None or len(data) < _HEADER_BYTES:
        return np.empty(0, np.int32)
    return np.frombuffer(data, ">i4", offset=_HEADER_BYTES)[1::2].astype(np.int32)

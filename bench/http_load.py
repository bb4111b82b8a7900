"""A closed-loop HTTP/1.1 load client that takes as little processor time as Python allows.

Client and server share the same cores, so every microsecond spent here is taken from what is
measured. Requests are made beforehand; each connection sends its next one when the answer to the
last has arrived.
"""

import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class LoadResult:
    """What the client saw: wall time, answers by HTTP status, latencies in seconds."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    first_bodies: dict[int, bytes] = field(default_factory=dict)
    last_at: dict[int, float] = field(default_factory=dict)
    """Seconds from the start to the last answer of each status."""

    def percentile_ms(self, share: float) -> float:
        """Return the latency in milliseconds that *share* (0…1) of the answers kept to."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1e3


def request_bytes(path: str, body: bytes, *, headers: dict[str, str]) -> bytes:
    """Return a whole HTTP/1.1 POST request, ready to be sent."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def get_bytes(path: str, *, headers: dict[str, str]) -> bytes:
    """Return a whole HTTP/1.1 GET request, ready to be sent."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


class _Connection:
    __slots__ = ("buffer", "length", "sent_at", "socket")

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.length = -1
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> tuple[int, bytes] | None:
        """Take what has arrived; return status and body when the answer is whole."""
        received = self.socket.recv(65536)
        if not received:
            message = "the server closed a keep-alive connection"
            raise ConnectionError(message)
        self.buffer += received
        if self.length < 0:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return None
            head = self.buffer[:end].lower()
            start = head.find(b"content-length:")
            if start < 0:
                message = f"an answer without content-length: {head!r}"
                raise ConnectionError(message)
            stop = head.find(b"\r", start)
            value = head[start + 15 : stop if stop >= 0 else len(head)]
            self.length = end + 4 + int(value)
        if len(self.buffer) < self.length:
            return None
        answer = self.buffer[: self.length]
        self.buffer, self.length = self.buffer[self.length :], -1
        return int(answer[9:12]), answer


def run_load(
    address: tuple[str, int], requests: Iterator[bytes], *, connections: int, seconds: float
) -> LoadResult:
    """Send *requests* over keep-alive *connections* for *seconds*; stop early when they run out.

    Raises ConnectionError when the server closes a connection.
    """
    result = LoadResult()
    selector = selectors.DefaultSelector()
    started = time.perf_counter()
    deadline = started + seconds
    open_connections = 0
    for _ in range(connections):
        request = next(requests, None)
        if request is None:
            break
        connection = _Connection(address)
        connection.send(request)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        open_connections += 1
    while open_connections:
        for key, _ in selector.select(timeout=30):
            connection = key.data
            answer = connection.receive()
            if answer is None:
                continue
            finished = time.perf_counter()
            status, text = answer
            result.latencies.append(finished - connection.sent_at)
            result.statuses[status] += 1
            result.last_at[status] = finished - started
            result.first_bodies.setdefault(status, text)
            request = next(requests, None) if finished < deadline else None
            if request is None:
                selector.unregister(connection.socket)
                connection.socket.close()
                open_connections -= 1
            else:
                connection.send(request)
    result.seconds = time.perf_counter() - started
    return result

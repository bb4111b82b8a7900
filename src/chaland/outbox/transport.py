"""The only place that calls receivers: https, no redirects, no inner network, little time."""

import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address

import httpcore

from chaland.outbox.rules import is_public

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 10.0
EXCERPT_BYTES = 500
_LONGEST_ANSWER = 64 * 1024


class ForbiddenAddressError(Exception):
    """The receiver's name leads to an address that must not be called."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. ``status`` is None when no answer came; ``error`` then says why."""

    status: int | None
    latency_ms: int
    error: str = ""
    excerpt: str = ""
    retry_after: str = ""


class _GuardedBackend(httpcore.NetworkBackend):
    """Connects to the very address that was checked, so that a name cannot change in between."""

    def __init__(self, *, allow_private: bool) -> None:
        self._inner = httpcore.SyncBackend()
        self._allow_private = allow_private

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve, check, connect. Raises ForbiddenAddressError and httpcore's errors."""
        error: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in self._addresses(host, port):
            try:
                return self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failure:
                error = failure
        raise error

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as failure:
            raise httpcore.ConnectError(f"{host} cannot be resolved: {failure}") from failure
        addresses = list(dict.fromkeys(str(item[4][0]) for item in found))
        if not self._allow_private:
            for address in addresses:
                if not is_public(ip_address(address.partition("%")[0])):
                    raise ForbiddenAddressError(f"{host} leads to the inner address {address}")
        return addresses


class Sender:
    """A pool of connections to receivers; thread-safe."""

    def __init__(self, *, allow_private: bool, total_seconds: float = TOTAL_SECONDS) -> None:
        self._total_seconds = total_seconds
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=50,
            max_keepalive_connections=20,
            keepalive_expiry=20.0,
            network_backend=_GuardedBackend(allow_private=allow_private),
        )

    def post(self, url: str, *, body: bytes, headers: dict[str, str]) -> Reply:
        """Send one message. Never raises for what a receiver does or fails to do."""
        started = time.monotonic()
        try:
            return self._post(url, body, headers, started)
        except (ForbiddenAddressError, UnicodeError, ssl.SSLError) as failure:
            return _failed(started, str(failure))
        except (
            httpcore.NetworkError,
            httpcore.TimeoutException,
            httpcore.ProtocolError,
            httpcore.UnsupportedProtocol,
        ) as failure:
            return _failed(started, f"{type(failure).__name__}: {failure}".rstrip(": "))

    def _post(self, url: str, body: bytes, headers: dict[str, str], started: float) -> Reply:
        timeouts = {
            "connect": CONNECT_SECONDS,
            "read": self._total_seconds,
            "write": self._total_seconds,
            "pool": self._total_seconds,
        }
        with self._pool.stream(
            "POST",
            url,
            headers=list(headers.items()),
            content=body,
            extensions={"timeout": timeouts},
        ) as response:
            content = b""
            for chunk in response.iter_stream():
                content += chunk
                if len(content) > _LONGEST_ANSWER:
                    break
                if time.monotonic() - started > self._total_seconds:
                    return _failed(started, "the answer took too long")
            answered = {name.lower(): value for name, value in response.headers}
            return Reply(
                status=response.status,
                latency_ms=_milliseconds(started),
                excerpt=content[:EXCERPT_BYTES].decode(errors="replace").replace("\0", "\ufffd"),
                retry_after=answered.get(b"retry-after", b"").decode("latin-1"),
            )

    def close(self) -> None:
        """Close the pool's connections."""
        self._pool.close()


def _failed(started: float, error: str) -> Reply:
    text = error.replace("\0", "\ufffd")[:500]
    return Reply(status=None, latency_ms=_milliseconds(started), error=text)


def _milliseconds(started: float) -> int:
    return round((time.monotonic() - started) * 1000)

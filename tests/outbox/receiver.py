"""A real receiver of webhooks, for tests: notes what comes in and answers as told."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Message:
    """What came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        """The CloudEvent inside."""
        decoded: dict[str, Any] = json.loads(self.body)
        return decoded


@dataclass
class Receiver:
    """What came in so far, and how to answer the next message."""

    url: str = ""
    messages: list[Message] = field(default_factory=list)
    answer: Callable[[Message], Answer] = lambda _: (200, {}, b"thanks")

    def berths(self, stream: str = "") -> list[str]:
        """Return the berths of the events of a stream (of all when it is empty)."""
        events = [message.event for message in self.messages]
        return [
            event["data"]["berth"]
            for event in events
            if not stream or event["partitionkey"] == stream
        ]


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Run a receiver on a free port."""
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            headers = {name.lower(): value for name, value in self.headers.items()}
            message = Message(self.path, headers, self.rfile.read(length))
            state.messages.append(message)
            status, extra, body = state.answer(message)
            self.send_response(status)
            for name, value in {**extra, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""A receiver of webhooks in a process of its own: writes each message to a file, then answers.

Usage: ``python receiver_process.py PORT FILE SECONDS``, where each answer takes that many seconds.
"""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def main() -> None:
    """Serve until killed."""
    port, path, seconds = int(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    lock = threading.Lock()
    with path.open("a") as log:

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                if len(body) < length:
                    return  # the sender was killed in the middle of a message: that is none
                headers = {name.lower(): value for name, value in self.headers.items()}
                with lock:
                    log.write(json.dumps({"headers": headers, "body": body.decode()}) + "\n")
                    log.flush()
                time.sleep(seconds)
                self.send_response(204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main()

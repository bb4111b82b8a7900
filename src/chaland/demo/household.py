"""The processes of a running demo: server and worker, started together and stopped together."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from chaland.demo.building import DemoError

READY_SECONDS = 90.0
STOP_SECONDS = 30.0
_RUN = "import sys; from chaland.cli import main; sys.argv[0] = 'chaland'; main()"


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    process: subprocess.Popen[bytes]
    log: Path


class Household:
    """Server and worker as children of this process, their output in the data folder."""

    def __init__(self, *, folder: Path, host: str, port: int) -> None:
        self.url = f"http://{host}:{port}"
        self._folder = folder
        self._commands: dict[str, Sequence[str]] = {
            "server": ("serve", "--host", host, "--port", str(port)),
            "worker": ("worker",),
        }
        self._members: list[_Member] = []

    def start(self) -> None:
        """Start everybody. Raises DemoError, with the end of the log, when one does not start."""
        try:
            for name, arguments in self._commands.items():
                self._members.append(self._start(name, arguments))
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def require_alive(self) -> None:
        """Raise DemoError when somebody has died."""
        for member in self._members:
            code = member.process.poll()
            if code is not None:
                raise DemoError(f"the {member.name} ended with code {code}:\n{_end_of(member.log)}")

    def stop(self) -> None:
        """Ask everybody to finish what they are at, and see to it that they do."""
        for member in reversed(self._members):
            if member.process.poll() is None:
                member.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for member in self._members:
            try:
                member.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                member.process.kill()
                member.process.wait()
        self._members.clear()

    def _start(self, name: str, arguments: Sequence[str]) -> _Member:
        log = self._folder / f"demo-{name}.log"
        environment = {"CHALAND_WEBHOOK_ALLOW_PRIVATE": "yes", **os.environ}
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-c", _RUN, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                # Ctrl-C in the terminal reaches us only: we stop the others in order.
                start_new_session=True,
            )
        return _Member(name, process, log)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            self.require_alive()
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5).is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise DemoError(f"the server does not answer at {self.url}")


def require_free(host: str, port: int) -> None:
    """Raise DemoError when somebody else listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise DemoError(
                f"port {port} is taken ({error.strerror}): is another demo running? Choose another"
                f" with --port, or make demo PORT={port + 1}"
            ) from error


def stop_on_signals() -> threading.Event:
    """Return an event that Ctrl-C, SIGTERM and a closed terminal set."""
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda *_: stop.set())
    return stop


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-20:])

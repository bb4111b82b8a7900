"""Real processes of ours for tests: served over HTTP, killed without warning, started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

START_SECONDS = 60.0
STOP_SECONDS = 30.0

_numbers = count(1)


class Process:
    """One running `chaland …`, with the processes that it started itself."""

    def __init__(self, arguments: list[str], environment: dict[str, str], log: Path) -> None:
        self.arguments = arguments
        self.log = log
        with log.open("ab") as output:
            self.popen = subprocess.Popen(
                [sys.executable, "-c", "from chaland.cli import main; main()", *arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that the whole family can be killed at once
            )

    def kill(self) -> None:
        """End the process and its children as a power cut would: `kill -9`, no last words."""
        self._signal(signal.SIGKILL)
        self.popen.wait(STOP_SECONDS)

    def stop(self) -> int:
        """Ask the process to stop, as an operator would, and give its exit code."""
        self.popen.send_signal(signal.SIGTERM)
        return self.popen.wait(STOP_SECONDS)

    def running(self) -> bool:
        """Say whether the process has not ended."""
        return self.popen.poll() is None

    def output(self) -> str:
        """Give what the process has written so far."""
        return self.log.read_text(errors="replace")

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self.popen.pid, number)
        except ProcessLookupError:
            return


class Server(Process):
    """A running `chaland serve`; `url` is where it answers."""

    def __init__(self, environment: dict[str, str], log: Path, *, port: int, threads: int) -> None:
        arguments = ["serve", "--port", str(port), "--threads", str(threads)]
        super().__init__(arguments, environment, log)
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def wait_until_ready(self) -> None:
        """Wait until requests are served; raise `RuntimeError` with the output if they are not."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.running():
                break
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise RuntimeError(f"the server did not start:\n{self.output()[-4000:]}")


class Processes:
    """Starts processes on one database, and ends them all on the way out."""

    def __init__(self, *, database_url: str, data: Path) -> None:
        self.environment = {
            **os.environ,
            "DATABASE_URL": database_url,
            "CHALAND_DATA": str(data),
            "CHALAND_ENV": "test",
        }
        self.logs = data / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.started: list[Process] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self.started:
            process.kill()

    def serve(self, *, port: int | None = None, threads: int = 64, **environment: str) -> Server:
        """Start a server, by default on a free port, and wait until it is ready."""
        server = Server(
            {**self.environment, **environment},
            self._log("serve"),
            port=port or free_port(),
            threads=threads,
        )
        self.started.append(server)
        server.wait_until_ready()
        return server

    def worker(self, **environment: str) -> Process:
        """Start a worker and wait until it is at work."""
        worker = self.run("worker", **environment)
        self.wait_for(lambda: "at work" in worker.output() or not worker.running())
        if not worker.running():
            raise RuntimeError(f"the worker did not start:\n{worker.output()[-4000:]}")
        return worker

    def run(self, *arguments: str, **environment: str) -> Process:
        """Start any command of `chaland`."""
        process = Process(
            list(arguments), {**self.environment, **environment}, self._log(arguments[0])
        )
        self.started.append(process)
        return process

    @staticmethod
    def wait_for(condition: Callable[[], object], *, seconds: float = 30.0) -> None:
        """Wait until `condition` holds; raise `TimeoutError` when it does not in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"did not happen within {seconds:.0f} s")
            time.sleep(0.05)

    def _log(self, name: str) -> Path:
        """Name a log that no process before has written to."""
        return self.logs / f"{name}-{os.getpid()}-{next(_numbers)}.log"


def free_port() -> int:
    """Find a TCP port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

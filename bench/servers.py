"""Real server processes to measure: started as an installation starts them, asked over loopback, stopped."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 600
AS_SERVED = ("gunicorn", "--preload", "--config=python:review.adapters.parentage")
"""The web server as `dualtrack serve` runs it: loaded once, its processes ending with it."""
START_SECONDS = 300
"""How long a server may take to start on a machine that is busy."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a server."""

    port: int
    path: str
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def time(self) -> float:
        """Send it and read the whole answer; return the milliseconds it took, raise for an answer of no success."""
        began = time.perf_counter()
        status, _ = self.send()
        taken = (time.perf_counter() - began) * 1000
        if status >= 400:
            raise RuntimeError(f"{self.path} answered {status}")
        return taken

    def send(self) -> tuple[int, str]:
        """Return the status and the text of the answer."""
        answer, text = self._ask()
        return answer.status, text

    def find_word(self) -> str:
        """Return the word under which a browser keeps the answer; raise RuntimeError where it may not."""
        word = self._ask()[0].getheader("ETag")
        if word is None:
            raise RuntimeError(f"{self.path} is not kept")
        return word

    def _ask(self) -> tuple[http.client.HTTPResponse, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        form = {} if self.body is None else {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("GET" if self.body is None else "POST", self.path, self.body, {**self.headers, **form})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer, text


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs: the port it answers on and its first process."""

    port: int
    process: subprocess.Popen[bytes]

    def list_workers(self) -> list[int]:
        """Return the numbers of the processes that answer."""
        here = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(each) for each in here.read_text().split()]


def compile_ahead() -> None:
    """Compile modules and pages, as whoever installs this version does: else a start would compile what it loads."""
    subprocess.run([sys.executable, "-m", "review.cli", "compile"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def serving(app: str, folder: Path, environment: Mapping[str, str], workers: int) -> Iterator[int]:
    """Serve an app from so many processes, loaded once, as `dualtrack serve` does; give the port."""
    with running(app, folder, environment, workers) as server:
        yield server.port


@contextmanager
def running(app: str, folder: Path, environment: Mapping[str, str], workers: int) -> Iterator[Server]:
    """Serve an app as serving() does; give the server, for who wants its processes too."""
    port = free_port()
    command = [sys.executable, "-m", *AS_SERVED, f"--bind=127.0.0.1:{port}", f"--workers={workers}", app]
    log = folder / f"{app.partition(':')[0]}.log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environment}, stdout=written, stderr=subprocess.STDOUT
        )
        try:
            _wait(port, process, log)
            yield Server(port, process)
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.01)
    raise RuntimeError(log.read_text())

"""Who of the web server's processes answers: the same while it is free, another while it is not."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from review.config import ROOT
from tests.adapters.pids_in_test import HELD
from tests.faults.processes import PATIENCE_SECONDS
from tests.ports import free_port

PROCESSES = 3


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """Return the pipe that ends what is held."""
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


@pytest.fixture
def server(pipe: Path) -> Iterator[tuple[psutil.Popen, str]]:
    """Serve the page as `dualtrack serve` serves the product's; give the first process and the address."""
    bind = f"127.0.0.1:{free_port()}"
    options = ["--config=python:review.adapters.web_processes", f"--bind={bind}", f"--workers={PROCESSES}"]
    process = psutil.Popen(
        [sys.executable, "-m", "gunicorn", *options, "tests.adapters.pids_in_test:app"],
        cwd=ROOT,
        env={**os.environ, "HELD_BY": str(pipe)},
        stderr=subprocess.PIPE,
        text=True,
    )
    started = 0
    while started < PROCESSES:
        started += "Booting worker" in process.stderr.readline()
    yield process, f"http://{bind}"
    process.terminate()
    assert process.wait(PATIENCE_SECONDS) == 0
    process.stderr.close()


def ask(address: str) -> int:
    """Return the number of the process that answers."""
    with urlopen(address, timeout=PATIENCE_SECONDS) as answer:
        return int(answer.read())


def wait_at_rest(server: psutil.Popen) -> None:
    """Wait until all processes wait: one that has just answered may be on its way to it."""
    end = time.monotonic() + PATIENCE_SECONDS
    while any(each.status() != psutil.STATUS_SLEEPING for each in server.children()):
        assert time.monotonic() < end


def test_one_process_answers_while_it_is_free(server: tuple[psutil.Popen, str]) -> None:
    first, address = server
    answered = set()
    for _ in range(10 * PROCESSES):
        wait_at_rest(first)
        answered.add(ask(address))
    assert len(answered) == 1


def test_another_answers_while_the_first_works(server: tuple[psutil.Popen, str], pipe: Path) -> None:
    first, address = server
    wait_at_rest(first)
    favourite = ask(address)
    wait_at_rest(first)
    with ThreadPoolExecutor() as pool:
        held = pool.submit(ask, address + HELD)
        with pipe.open("wb"):  # opens once the held process reads
            others = {ask(address) for _ in range(PROCESSES)}
        assert held.result() == favourite
    assert favourite not in others
    assert others < {each.pid for each in first.children()}


def test_a_killed_process_is_replaced_and_another_answers(server: tuple[psutil.Popen, str]) -> None:
    first, address = server
    wait_at_rest(first)
    favourite = ask(address)
    psutil.Process(favourite).kill()
    while "Booting worker" not in first.stderr.readline():
        pass
    wait_at_rest(first)
    assert ask(address) != favourite
    assert len(first.children()) == PROCESSES
